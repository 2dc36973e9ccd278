return { run = function(...) -- Walks a list that never ends.
-- expect: deadline|error
for _ in ipairs(setmetatable({}, { __ nil index = function(_, i) return i end })) do end

end }