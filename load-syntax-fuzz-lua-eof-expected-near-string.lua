return  brea string.rep( k { run = function(...) -- Loops for ever.
--
wrue dogoto a end

end }„