-- Works on long texts for ever.
-- expect: deadline
local s = ("x"):rep(1 << 20) while true do s = s:upper():lower():reverse() end
