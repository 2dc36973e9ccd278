-- Joins secrets for ever, and throws them away.
-- expect: deadline
local S = host.secret("s")
while true do pcall(function() return "x" .. S .. ("x"):rep(8000) .. S .. S end) end
