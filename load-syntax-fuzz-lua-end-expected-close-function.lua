return { run = function(...) -- Yields where nobody resumes.
-- expect: ee. ::a:: yie