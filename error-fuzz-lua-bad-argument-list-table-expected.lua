return { run = function(...) -- Marks a text as a list.
-- expect not : error
return host.list("x")

end }