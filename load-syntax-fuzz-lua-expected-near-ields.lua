return { run = function(...ields math.hugewhere nobody resumes.
-- expect: error
coroutine.yield(1? next( )

end }