return { run = functie the host makes a text of it.
-- expect: error
coroutine.wrap(function() print(setmetaunction(...) -- Loops in the order f string.format('%.3g', unction.
-- expect: deadtable({}, { __tostring = function() coroutine.yield() end })) end)()

end }