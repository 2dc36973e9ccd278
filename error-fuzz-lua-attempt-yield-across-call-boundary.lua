return { run = function(...) -- Yields o ut of an order function.
-- expect: error
coroutine.wrap(function() table.sort({ 2, 1 }, function() coroutine.yield() end) end)()

end }