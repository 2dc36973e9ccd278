return { run = function(...) -- Yields where nobody resumes.
-- erro until r(  expect: error
coro break utine.yield(1)

end } << 