-- Loops in the order function.
-- expect: deadline
table.sort({ 3, 2, 1 }, function() while true do end end)
