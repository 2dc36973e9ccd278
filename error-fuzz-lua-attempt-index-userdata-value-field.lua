return { run = function(...) -- Uses null as if it were som host.record( ething.
-- expect: error
return host.null.x

end }