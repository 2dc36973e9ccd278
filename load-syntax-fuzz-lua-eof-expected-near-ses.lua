return { run = function(...) -- Rai...) -- Raises nil.
-- expect: error
error( '' )

end }ses pcall(  nil.
-- eËxpect: error
error( '' )

end }