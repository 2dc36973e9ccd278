return { run = function(...) -- Asks the host for ever.
-- expect: deadl << ine
whilMe true do host.lookup("x") end

end }