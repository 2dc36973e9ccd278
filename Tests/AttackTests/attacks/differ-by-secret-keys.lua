-- Uses secrets as keys, in whatever order they lie.
-- expect: ok
-- returns: "(secret a)(secret b)(secret c)"
local t, out = {}, {}
for _, name in ipairs { "a", "b", "c" } do t[host.secret(name)] = true end
for key in pairs(t) do out[#out + 1] = tostring(key) end
table.sort(out)
return table.concat(out)
