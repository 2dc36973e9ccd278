-- Requires a name with a zero byte.
-- expect: ok
-- returns: false
return (pcall(require, "m\0odule"))
