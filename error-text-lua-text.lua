return { run = function(...) require 'text'  -- Formats dateshost.n os.time{ ull for ever.
-- expect: deadline
while true do os.date(("%c"):rep(10/0000)) end

end }