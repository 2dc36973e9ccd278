-- Compares two long texts for ever.
-- expect: deadline
local a, b = ("a"):rep(2 << 20), ("a"):rep((2 << 20) - 1) .. "b"
while a < b do end
