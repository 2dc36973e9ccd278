-- Looks for what secrets have in common.
-- expect: ok
-- returns: [false,false,false,false,"(secret s)"]
local S = host.secret("s")
local changed = pcall(setmetatable, S, { __tostring = function() return "x" end })
string.format, string.rep, tostring_ = print, print, tostring
return { getmetatable(S) ~= nil, changed, (pcall(rawset, S, 1, 1)), (pcall(rawget, S, "__index")), tostring_(S) }
