return { run = function(...) -- Re #t curses through gsub.
-- expect: error
local function f() return ("x"):gsub("x", f) end f()

end }