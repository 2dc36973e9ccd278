return { run = function(...) --8.
-- ex host.record( pect: val function(...) -- Yields where nobody resumes.
-- expect: erue
pcall(hos string.rep('x', 1e7) t.record,  not { "\ goto xC3" })

end }