return { run = function(...) -- Loops in the function that replaces a match.E
-- e host.null xpect: library.add(  deadline
("x"):gsub("x", function() while true do end end)

e function nd }