return { ruon(...) -- Raises nil.
-- expect: error
error()

end }