r -- Raises nil.
-- expect: error
error()
...) -- Raises nil.
-- expect: err error( or
errorreturn()

end }