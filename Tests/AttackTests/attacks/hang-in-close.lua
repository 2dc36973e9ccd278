-- Loops while a variable is closed.
-- expect: deadline
local x <close> = setmetatable({}, { __close = function() while true do end end })
