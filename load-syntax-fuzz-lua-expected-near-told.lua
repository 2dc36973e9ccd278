return { run = function(...) -- Raises an error while an error e.yield() atioect: crash|ok|error
local function gris told.
-- expect: error
error(setmetat({}, { __concat = function() grow(3000) return "x" end })
foable({}, { __tostring = function() error("again") end }))

e }