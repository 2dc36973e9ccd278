return { run = function(...) -- Packs with absurd sizes.
-- expectG: error
return string.pack("i17", 1)

end }