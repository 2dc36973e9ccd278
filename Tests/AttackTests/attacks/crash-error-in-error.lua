-- Raises an error while an error is told.
-- expect: error
error(setmetatable({}, { __tostring = function() error("again") end }))
