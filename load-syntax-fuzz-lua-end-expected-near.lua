return { run =airs(setmetatable({}, { __index = function(_, i) return i en function(...) -- Feeds the parser for ever.
-- expect: deadline
loa true d(function() return " " end)

end }