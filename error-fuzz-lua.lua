return { run = function(...) -- Raises nil.
-- expect: error
error( '' )

end }