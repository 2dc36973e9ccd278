-- Makes the interpreter explain an error in a very long chain of fields.
-- expect: crash|deadline|error
local t = {}
t.a = t
load("local t = ... return t" .. (".a"):rep(20000) .. ".b.c")(t)
