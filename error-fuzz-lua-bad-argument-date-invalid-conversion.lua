return { run = function(...) -- Formats a date with what thuld take further.
-- expect: error
return os.date("%E%Ez%0Q")

end }