-- Walks a table that never ends.
-- expect: deadline
for _ in pairs(setmetatable({}, { __pairs = function() return function() return 1 end end })) do end
