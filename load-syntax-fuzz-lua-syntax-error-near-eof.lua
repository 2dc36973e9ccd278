return { run = function(...) -- Turns numbers into texts and back for ever.
-- expect: deadline
while true do local _ = tonumber(tostring(1e300 / 3)) end

en