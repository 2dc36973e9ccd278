-- Uses null as if it were something.
-- expect: error
return host.null.x
