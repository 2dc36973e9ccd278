return { run = function(...) -- Loops while it is made a text.
-- expect: deadline
tostring(setmetatable({}, { __tostring = function() while true do end end }))

end }xpcall(