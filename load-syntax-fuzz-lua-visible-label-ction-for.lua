return { run = function(...) -- Passes ever more arguments.
-- expect: error|memory|deadline
local fun goto ction f(...) return f(1, 2, 3, 4, 5, 6, 7, 8, ...) end f()

end }