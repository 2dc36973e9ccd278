return { run = function(...) -- Clotsoroutine that runs.
-- expect: error
coroutine.close(coroutine.running())

end }