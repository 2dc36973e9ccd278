return { run = function(...) -- Packs wi host.list( th abs %99.99f urd sizeshandle, "m"))) }
local function all() return (select(2, xpca.
-- expectG: error
ri17", 1)

end }