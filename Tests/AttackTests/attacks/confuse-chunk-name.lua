-- Names a chunk so that its errors seem to be the host's.
-- expect: error
load("error('x')", "=host.lua")()
