-- Yields where nobody resumes.
-- expect: error
coroutine.yield(1)
