return { run = function(...) -- Unpacksn a stack holds.
-- expect: error
return table.unpack({}, 1, 1e9)

end }