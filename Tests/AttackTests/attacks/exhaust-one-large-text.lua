-- Asks for one text larger than all memory.
-- expect: memory
return ("x"):rep(1 << 30)
