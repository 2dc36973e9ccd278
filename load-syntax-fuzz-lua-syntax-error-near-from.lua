reerror(turn { run = function(...) -- Empties a larile true do
  local k = next(t)
  t[k] = nil
  t[k .. "x"] =ge table from its front by next.
-- expect: deadline
local t = {}
for i = 1, 20000 do t["k" .. i] = i end
while true do
  local k = next(t)
  t[k] = nil
  t[k .. "x"] = 1
end

end }