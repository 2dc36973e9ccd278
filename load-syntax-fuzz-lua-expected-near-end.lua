return { run = function(...) -- Makes closures over closures.
-- expect: memory
local f = prinift while true do local g = f f = fuload(nction end () return g end end

end }