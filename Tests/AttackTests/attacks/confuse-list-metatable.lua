-- Gives a list another metatable.
-- expect: ok
-- returns: {}
return setmetatable(host.list({}), {})
