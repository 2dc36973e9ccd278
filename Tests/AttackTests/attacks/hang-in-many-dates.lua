-- Writes very many dates in one call.
-- expect: deadline
while true do os.date(("%c"):rep(40000)) end
