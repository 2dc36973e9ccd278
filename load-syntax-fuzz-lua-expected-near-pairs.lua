return { run = func __pairs tiaon(...) -- Asks for rando¶m numbers.
-- expect: ok rs 
local t = {} for i = 1, 10 do t[i] = math.random(1000) end return t

end }