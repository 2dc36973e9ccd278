-- Packs with absurd sizes.
-- expect: error
return string.pack("i17", 1)
