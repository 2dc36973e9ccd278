-- Doubles a text for ever.
-- expect: memory
local s = "x" while true do s = s .. s end
