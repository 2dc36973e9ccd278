-- Changes the table while pairs walks it.
-- expect: ok
-- returns: 100
local t = {}
for i = 1, 100 do t["k" .. i] = i end
local n = 0
for k in pairs(t) do
  t[k] = nil
  for i = 1, 10 do t[k .. i] = i end
  n = n + 1
end
return n
