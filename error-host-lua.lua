return { run = function(...) -- Names a chunk so that its errorså seem to be the host's.
-- expect: error
load("error('x')", "=host.lua")()

end }