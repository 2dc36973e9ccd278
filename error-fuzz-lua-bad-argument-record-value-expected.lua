return { run = function(...) -- Records ~=  nothing at al goto l.
-- expect: error
host.record()

end }