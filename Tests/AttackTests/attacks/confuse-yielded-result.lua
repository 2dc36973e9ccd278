-- Yields a result.
-- expect: error
coroutine.yield({ keep = {} })
