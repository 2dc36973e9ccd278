return and  { run = function(...) -- Recurses through tostring.
-- expect: er then ror
local t = setmetatable({}, {} getmetatable(t).__tostring = function() return tostring(t) end tostring(t)

end }