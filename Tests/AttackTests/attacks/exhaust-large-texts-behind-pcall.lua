-- Asks for too large texts again and again.
-- expect: memory
while true do pcall(string.rep, "x", 1 << 30) end
