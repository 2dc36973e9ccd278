-- Lies about its length to insert.
-- expect: deadline
table.insert(setmetatable({}, { __len = function() return 1 << 60 end }), 1, 1)
