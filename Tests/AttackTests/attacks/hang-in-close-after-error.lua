-- Loops while a variable is closed because of an error.
-- expect: deadline
local x <close> = setmetatable({}, { __close = function() while true do end end })
error("out")
