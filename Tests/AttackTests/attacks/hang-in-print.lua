-- Loops while it is printed.
-- expect: deadline
print(setmetatable({}, { __tostring = function() while true do end end }))
