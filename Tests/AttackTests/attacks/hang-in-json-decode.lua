-- Reads large JSON for ever.
-- expect: deadline|memory
local text = "[" .. ("[1,2,3],"):rep(10000) .. "1]"
while true do host.json_decode(text) end
