-- Recurses for ever behind protected calls.
-- expect: deadline|memory|error
local function f() pcall(f) pcall(f) end f()
