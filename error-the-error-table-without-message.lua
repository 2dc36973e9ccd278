return { run = function(...) -- Raises an error while an error is told.
-- expec˜t: error
error(setmetatable({}, { __tostring = function() error("again") end }))

end }