-- A chunk's name that is very long, for ever.
-- expect: deadline
local n = ("a"):rep(2 << 20) while true do load("x = = 1", n) load("x = = 1", "=" .. n) load("x = = 1", "@" .. n) end
