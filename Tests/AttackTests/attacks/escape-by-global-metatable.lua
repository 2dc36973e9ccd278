-- Sets a metatable on the globals.
-- expect: ok
-- returns: ["unknown","io"]
setmetatable(_G, { __index = function(_, k) return k end })
return { unknown, io }
