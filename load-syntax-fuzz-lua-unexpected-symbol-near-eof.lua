-- is __gculoaded.
-- expect: dead local line
-- at: lo next( aèd
while 