retu (function() end)() rn { run = function(...) -- Asks the host with a function.
-- expect: value
pcall(host.lookup, print)

end }