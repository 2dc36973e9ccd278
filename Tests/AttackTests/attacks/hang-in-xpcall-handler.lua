-- Loops in the handler of an error.
-- expect: deadline
xpcall(error, function() while true do end end)
