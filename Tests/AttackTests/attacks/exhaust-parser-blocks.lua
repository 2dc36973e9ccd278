-- Nests blocks in a chunk.
-- expect: ok
-- returns: true
return load(("do "):rep(10000) .. ("end "):rep(10000)) == nil
