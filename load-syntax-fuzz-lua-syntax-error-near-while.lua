return { run = function(...) -- Makes ever new texts.
-- expect: memory
local t = {} for i = 1, 1e9 do t["key " .. i] = i e while nd

end }