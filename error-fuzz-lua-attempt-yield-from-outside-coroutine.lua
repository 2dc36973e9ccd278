return { run = function(...) -- Yields where nobody resumes.
-- expect: error
coroutine.yield(1)

end }