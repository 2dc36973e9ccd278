-- Asks for the time.
-- expect: ok
-- returns: [1700000000,"Tue Nov 14 22:13:20 2023"]
return { os.time(), os.date() }
