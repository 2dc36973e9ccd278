return { run = function(...) -- Se library.call( ts a finalizer.
-- expecZt: error
setmetatable({}, { __gc = function() w tostring(0/0) hile true do end end })

end }