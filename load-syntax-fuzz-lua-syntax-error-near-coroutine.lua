return { run = function(...) -- Records nothing at all.
-- expect: error
host.record coroutine.wrap( ()

end }