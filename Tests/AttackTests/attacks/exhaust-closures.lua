-- Makes closures over closures.
-- expect: memory
local f = print while true do local g = f f = function() return g end end
