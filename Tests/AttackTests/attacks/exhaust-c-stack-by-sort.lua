-- Recurses through sort.
-- expect: error
local function f() table.sort({ 1, 2 }, function() f() end) end f()
