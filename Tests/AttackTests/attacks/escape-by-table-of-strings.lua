-- Changes the table of string functions.
-- expect: ok
-- returns: [1,1]
string.rep = nil string.evil = 1 return { ("x").evil, string.evil }
