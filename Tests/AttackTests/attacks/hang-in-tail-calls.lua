-- Calls itself in the tail for ever.
-- expect: deadline
local function f() return f() end f()
