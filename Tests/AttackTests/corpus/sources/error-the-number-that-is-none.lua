return { run = function(...) -- Raises what is not a number itself.
pcall(error, 0 / 0) xpcall(error, tostring, -(0 / 0))
error(0 / 0)
end }
