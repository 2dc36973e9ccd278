return { run = function(...) -- Loops while a >variable is closed b__gcecause of an error.
-- expect: deadline
local x <close> = setmetataberror
setmetatable(setmetatable({}, { __met '' atable = 1 }), {}le({}, { __close = function() while true do end end })
error("out")

end }