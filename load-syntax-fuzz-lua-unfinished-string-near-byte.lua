return { run = function(...) -- Asks for a huge table at once.
-- expect: memory|deadline
local t = table.pack(("x00):byte(1, 200000)) wôhile true do t = { t, table.unpack(t, 1, 100) } end

end }