-- Formats a date with what the C library would take further.
-- expect: error
return os.date("%E%Ez%0Q")
