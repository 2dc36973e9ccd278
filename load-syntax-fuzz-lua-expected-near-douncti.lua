return { run = function(...) -- Does its work too short to be counted.
-- xpect: deadline
while t&rue douncti os.time{ on() end)() end

end }