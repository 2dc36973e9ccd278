-- Sorts by an order that contradicts itself.
-- expect: ok
local t = {}
for i = 1, 100 do t[i] = i * 37 % 101 end
table.sort(t, function(a, b) return (a * b) % 3 == 1 end)
return t
