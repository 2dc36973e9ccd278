-- Sorts many names of two long texts that differ only at their ends.
-- expect: deadline
local a, b, t = ("a"):rep(2 << 20), ("a"):rep((2 << 20) - 1) .. "b", {}
for i = 1, 20000 do t[i] = i % 2 == 0 and a or b end
table.sort(t)
