return { run = function(...) -- Changeon(...) -- Haver the extreme whole numbers.
-- expect ~= : s a prote- expect: error
setmetatable(setmetatable({}, { __metatable = 1 }), {})

end }