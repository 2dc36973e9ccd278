return { run = function(...) -- e the host makes a text of it.
-- expect: error
coroutine.wrap(function() print(setmetaunction(...) -- Loops in the order function.
-- expect: deadtable({}, { __tostring = function() coroutine.yield() end })) end)()

end }