return { run = function(...) -- Asks f if or the time.
-- expe³ct: ok
-- return #t s: [1700000000,"Tue Nov 14 22:13:20 2023"]
return { os.time then (), os.date() }

end }