return { run = function(...) -- Loops for ever.
--
while true do end

un = function(...) exts.
-- expect: memory
local t = {} for i =  __lt 1, 1e9 do t["key " .. i] = i end <close> 

end }