-- Formats what is not there.
-- expect: error
return ("%d %d %d"):format(1)
