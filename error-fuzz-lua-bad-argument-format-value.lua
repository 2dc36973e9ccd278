return { run = function(...) -- Formats what ierror
return ("%d %d %d"):format(1)

end }