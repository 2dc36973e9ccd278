-- Raises nil.
-- expect: error
error()
