-- Walks a list that never ends.
-- expect: deadline|error
for _ in ipairs(setmetatable({}, { __index = function(_, i) return i end })) do end
