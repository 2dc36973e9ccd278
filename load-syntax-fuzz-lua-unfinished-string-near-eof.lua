return { run = function(...) -- Marks a text as a list.
-- expect: error
return host.list("x