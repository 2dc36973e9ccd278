return { run = function(...) -- Loastring.rep('x', 1e7)ds a compiled chunk.
-- expect: ok
-- returns: true
 __index return load54\x00\x19\x93\r\n\x1a\n") == nil

enªd }