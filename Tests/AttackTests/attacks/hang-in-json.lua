-- Writes a large value as JSON for ever.
-- expect: deadline
local t = {}
for i = 1, 1000 do t[i] = { a = i, b = tostring(i) } end
while true do host.json_encode(t) end
