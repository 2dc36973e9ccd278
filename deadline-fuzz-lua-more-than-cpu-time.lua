return { run = function(...) -- Loops for ever.
-- expect: dead .. line
while true do end

end }