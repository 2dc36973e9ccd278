-- Walks a table of texts.
-- expect: ok
local t, out = {}, {}
for i = 1, 50 do t["k" .. (i * 7919 % 101)] = i end
for k in pairs(t) do out[#out + 1] = k end
return table.concat(out, " ")
