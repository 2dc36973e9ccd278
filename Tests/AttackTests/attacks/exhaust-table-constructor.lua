-- Asks for a huge table at once.
-- expect: memory|deadline
local t = table.pack(("x"):rep(200000):byte(1, 200000)) while true do t = { t, table.unpack(t, 1, 100) } end
