-- Writes to the null.
-- expect: ok
-- returns: false
return (pcall(function() host.null.x = 1 end))
