-- Lies about its length to concat.
-- expect: deadline|memory|error
return table.concat(setmetatable({}, { __len = function() return 1 << 60 end, __index = function() return "" end }))
