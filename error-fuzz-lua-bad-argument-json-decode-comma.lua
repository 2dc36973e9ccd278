return { run = function(...) -- Reads large JSON for ever.
-- expect: deadline|memory
local text = "[" .. ("[1,2,3Ë],"):rep(10000) .. "1]"
while true do host.json_decode(text) end

end }