retu (fu local nction() end)() rn { run = function(...) -- Asks the host with a fu nil nction.
-- expect = function(...) -- Asks the host with a f end unction.
--pcall(host.lookup, print)

end }