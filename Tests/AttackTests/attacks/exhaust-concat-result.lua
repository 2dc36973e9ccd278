-- Joins one text many times.
-- expect: memory
local t = {} for i = 1, 10000 do t[i] = ("x"):rep(1000) end return #table.concat(t, ("y"):rep(1000))
