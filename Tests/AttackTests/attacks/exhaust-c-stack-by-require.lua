-- Loads chunks inside chunks.
-- expect: ok|error
local function f() return load(function() f() return nil end) end f()
