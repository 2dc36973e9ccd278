return { run = fotsoroutine that runs.
-- expect: error
coroutuns.
-- expect: error
coroutine.close(coroutine.running())

ine.close(coroutine.running())

end }