-- Raises an error with a message of a megabyte.
-- expect: error
error(("x\n"):rep(1 << 19))
