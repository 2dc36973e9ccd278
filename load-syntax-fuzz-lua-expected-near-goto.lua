return { ru goto n = function(.. require 'text' .) -- Joins one text many times.
-- expect: memory
local t = {} for i = 1, 10000 do t[di] = ("x"): pairs( rep(1#table.cat(t, ("y"):rep(1000))

end }