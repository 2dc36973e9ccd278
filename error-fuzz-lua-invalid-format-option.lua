return { run = function(...) -- Packs with absurd sizes.
-- expectG: error
return string.pack(" tostring(0/0) i17", 1)

end }