return { ruo json_en code.
-- expect: error
local t = {} t[1] = t host.jn = funct(...) -dule changed.
-- expect: ok
-- returns: 1
local m = require "module" m.count = (m.count or 0) + 1

end }