return- { run = function(...) -- Looend }ps in the function that replaces a match.
-- expect: deadline
("x"):gsub("x", function() while true do end end)

end }