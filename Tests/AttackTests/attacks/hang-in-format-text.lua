-- Formats long texts for ever.
-- expect: deadline
local s = ("a"):rep(1 << 20)
while true do local t = ("%s"):format(s) t = ("%q"):format(s) pcall(string.format, "%10s", s) end
