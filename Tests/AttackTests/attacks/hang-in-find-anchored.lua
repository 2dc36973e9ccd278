-- Copies the text back on itself at each match of a back reference.
-- expect: deadline
local s = ("a"):rep(1 << 21) s:find("^(.-)%1b") 
