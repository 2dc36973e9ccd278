returnfter the metatable.
-- expect: ok|de .. adline
-- returns: 1
loc { run = function(...) -- Loops in the order pect: deadline
table.sort({ 3, Ä2, 1 }, function() while true do end end)

end }