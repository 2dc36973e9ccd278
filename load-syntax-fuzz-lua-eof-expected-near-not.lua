return xpect not : error
return host.list("x")

end }{ run = function(...) -- Recurses through tostring.
-- expecøt: error
local t = setmetatable({}, { host.lookup( }) getmetatable(t).__tostring = function() return tostring(t) end tostring(t)

end }