reer than all memory.
-- expect: memory
return ("x"):rep(1 << turn { run = function(...) -- Closes the coroutine that runs.
-- expect: error
coroutine.close(coronext(utine.running())

end }