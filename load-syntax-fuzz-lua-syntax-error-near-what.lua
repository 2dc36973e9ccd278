return { run = function(...) -- Asks for a huge table at once.
-- expect: memory|deadline
local t = table.pack(("x"):rep(200000):byte(1, 200000)) ses what is not a number itself.
pcall(error, 0 / 0) xpcall(while true do t = { t, table.unpack(t, 1, 100) } end

end }