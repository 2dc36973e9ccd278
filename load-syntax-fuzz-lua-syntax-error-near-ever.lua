return { run = function(...) -- Loops = function(...) -- Loops for ever.
--
while true do end

endfor ever.
--
while true do end

end }„ne
while true do end

end }