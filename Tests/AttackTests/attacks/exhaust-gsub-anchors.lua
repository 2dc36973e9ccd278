-- Replaces each letter by a long text.
-- expect: memory|deadline
local s = "x" while true do s = s:gsub("x", ("x"):rep(100)) end
