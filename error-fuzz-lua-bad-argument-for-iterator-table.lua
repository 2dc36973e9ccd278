return { run = function(...) -- Calls the function that pairs gave with something else.
-- expect: error
local f = pairs({ 1, 2, 3 }) f(5, 1)

end }