-- Looks for the end of many long texts in one call of a library function.
-- expect: deadline|error
local s = ("a"):rep(3 << 20) .. "\0"
while true do string.unpack("z", s) end
