-- Formats with a broken directive.
-- expect: error
return ("%"):rep(51):format(1, 2, 3)
