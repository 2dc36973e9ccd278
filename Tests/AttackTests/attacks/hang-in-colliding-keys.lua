-- Stores whole numbers that all collide.
-- expect: deadline|memory|ok
local t = {}
for i = 1, 200000 do t[i << 32] = i end
return #t
