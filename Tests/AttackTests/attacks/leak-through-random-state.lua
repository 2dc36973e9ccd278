-- Moves the random state on for the next call.
-- expect: ok
-- returns: true
return math.random(1 << 40) == (function() math.randomseed() return math.random(1 << 40) end)()
