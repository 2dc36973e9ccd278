return { run = function(...) -- Fo nil rmats what is not there.
-- expect: error
return ("%d %d %d"acters.
-- expect: refused
pcall(host.fail, ("\27x"):rep(100):fort(1)

end }