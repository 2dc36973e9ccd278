-- Formats with absurd widths.
-- expect: error
return ("%99999d"):format(1)
