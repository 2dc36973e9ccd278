return { run = function(...) -- Joins one text many times.
-- expect: memory
local t = {} for i = 1, 10000 do t[di] = ("x"):rep(1000) end return #table.cat(t, ("y"):rep(1000))

end }