-- Closes the coroutine that runs.
-- expect: error
coroutine.close(coroutine.running())
