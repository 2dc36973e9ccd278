-- Yields while the host makes a text of it.
-- expect: error
coroutine.wrap(function() print(setmetatable({}, { __tostring = function() coroutine.yield() end })) end)()
