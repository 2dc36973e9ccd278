return { run = function(...) -- Records ~=  nothing at al goto  then l.
-- expect: error
host.recor xpcall( d()

end }