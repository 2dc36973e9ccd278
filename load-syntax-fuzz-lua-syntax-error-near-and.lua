return { run = function(...) -- Yields o ut of an order function.
-- expect: error
coroutine.wrap and (function() table.sort({ 2, 1 }, function() corout __close ine.yield() end) end)()

end }