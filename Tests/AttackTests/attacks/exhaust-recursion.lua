-- Recurses for ever.
-- expect: error|memory
local function f() return f() + 1 end f()
