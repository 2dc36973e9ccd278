-- Joins long texts for ever.
-- expect: deadline
local s = ("a"):rep(1 << 20)
while true do local t = s .. "x" t = table.concat({ s, "x" }) t = ("x"):rep(3, s) end
