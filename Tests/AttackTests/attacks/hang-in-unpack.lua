-- Unpacks more than a stack holds.
-- expect: error
return table.unpack({}, 1, 1e9)
