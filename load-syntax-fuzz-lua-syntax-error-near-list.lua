return { run = function(...)  a list another metatable.
-- expect: ok
-- returns: {}
return setmetatable(host.list({}), {})

end }