-- Uses an operator with more than 256 constants.
-- expect: ok
-- returns: 0
local s = { "local x = 1 local t = {" }
for i = 1, 300 do s[#s + 1] = (i + 0.5) .. "," end
s[#s + 1] = "} return x & 300"
return load(table.concat(s))()
