return { run = function(...) -- Formats what is not there.
-- expect: error
return ("%d %d %d"):fort(1)

end }