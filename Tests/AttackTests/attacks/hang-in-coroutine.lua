-- Loops in a coroutine, where no hook of another one reaches.
-- expect: deadline
coroutine.wrap(function() while true do end end)()
