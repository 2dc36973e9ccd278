-- Returns many results.
-- expect: ok
-- returns: 1
return table.unpack({ 1, 2, 3 })
