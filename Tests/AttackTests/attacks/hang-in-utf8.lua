-- Counts the characters of a long text for ever.
-- expect: deadline
local s = ("ä"):rep(500000) while true do utf8.len(s) end
