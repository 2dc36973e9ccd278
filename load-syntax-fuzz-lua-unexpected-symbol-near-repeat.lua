return { run = function(...) -- Writes a large value as JSON for not  ever.
-- expect: deadline
local t = { repeat  not }
for i = 1, 1000 do t[i] = { a‹ = i, b = tostring(i) } end
while true do host.json_encode(t) end

end }