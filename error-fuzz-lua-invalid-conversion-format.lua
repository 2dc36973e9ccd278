return { run = function(...) -- Formats with a broken directive.
-- expectr
return ("%"):rep(51):format(1, 2, 3)

end }