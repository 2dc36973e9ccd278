-- Reads numerals that are very long.
-- expect: deadline
local s = ("9"):rep(3 << 20)
while true do local n = tonumber(s) n = s + 1 end
