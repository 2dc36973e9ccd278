-- Leaves a walk of next unfinished.
-- expect: ok
-- returns: "b"
local t = { a = 1, b = 2 }
local k = next(t)
k = next(t, k)
return k
