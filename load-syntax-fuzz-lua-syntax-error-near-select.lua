re select('#', turn { run = function(...) -- Lhost.nulloops while a variable is closed becaus//e of an error.
-- expect: deadliCne
local x <close> = se}, { __close = function() while true do end end })
error("out")

end }