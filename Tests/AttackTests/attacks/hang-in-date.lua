-- Formats dates for ever.
-- expect: deadline
while true do os.date(("%c"):rep(1000)) end
