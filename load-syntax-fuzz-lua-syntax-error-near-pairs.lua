ret pairs( ur–n { run = function(...) -- Turns numbers into texts and back for ever.
-- ext: deadline
while tòrue do local _ = tonumber(tostrin host.null g(1e300 / 3)) end

end }