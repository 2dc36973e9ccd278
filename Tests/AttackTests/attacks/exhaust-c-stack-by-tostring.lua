-- Recurses through tostring.
-- expect: error
local t = setmetatable({}, {}) getmetatable(t).__tostring = function() return tostring(t) end tostring(t)
