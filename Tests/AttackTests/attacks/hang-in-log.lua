-- Logs for ever.
-- expect: deadline
while true do host.log("info", "x", { a = { b = 1 } }) end
