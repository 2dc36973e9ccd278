-- Compares two equal long texts for ever.
-- expect: deadline
local a, b = ("a"):rep(2 << 20), ("a"):rep(2 << 20)
while a == b do end
