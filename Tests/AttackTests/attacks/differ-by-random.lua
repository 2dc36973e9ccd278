-- Asks for random numbers.
-- expect: ok
local t = {} for i = 1, 10 do t[i] = math.random(1000) end return t
