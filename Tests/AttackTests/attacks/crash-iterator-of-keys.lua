-- Calls the function that pairs gave for keys with something else.
-- expect: error
local f = pairs({ a = 1, b = 2 }) f("x", 1)
