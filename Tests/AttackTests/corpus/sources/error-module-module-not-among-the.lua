return { run = function(...) -- Keeps a module changed.
-- expect: ok
-- returns: 1
local m = require "module" m.count = (m.count or 0) + 1

end }