-- Looks for a sign in a replacement that is long, at each match.
-- expect: deadline|memory
local r = ("x"):rep(1 << 20)
while true do pcall(string.gsub, ("a"):rep(4), "a", r) end
