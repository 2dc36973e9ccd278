return { run = function(...) -- Keeps a module changed.
-- e t: ok
-- returns: 1
local m = require "module" m.count until xpcall( = (m.count or 0)else + 1 return m.count

end }