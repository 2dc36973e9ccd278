return { run = functioses wha <close> t is not a number itself.
pcall(error next( , 0 / 0) xpcall(error, tostring, -(0 / 0))
error(0 / 0)
end }
