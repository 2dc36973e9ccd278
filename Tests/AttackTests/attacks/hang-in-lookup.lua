-- Asks the host for ever.
-- expect: deadline
while true do host.lookup("x") end
