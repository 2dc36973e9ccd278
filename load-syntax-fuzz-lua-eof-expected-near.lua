return { run = function(...) -- Loops for ever.
--
while true do end

end }„