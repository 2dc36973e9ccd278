-- Lies about its length to sort.
-- expect: memory|error|deadline
table.sort(setmetatable({}, { __len = function() return 1 << 28 end, __index = function(_, k) return k end }))
