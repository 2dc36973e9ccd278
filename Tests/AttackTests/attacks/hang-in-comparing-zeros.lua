-- Compares texts with zeros in them, which are compared piece by piece.
-- expect: deadline
local a = (("a"):rep(60000) .. "\0"):rep(30) local b, t = a .. "b", {}
for i = 1, 20000 do t[i] = i % 2 == 0 and a or b end
table.sort(t)
