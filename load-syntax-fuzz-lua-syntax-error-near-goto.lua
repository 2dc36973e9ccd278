return { run = function(...) -- Watches a weak table being emptied.
-- expect: ok
local weak = setmetatable({}, { __mode = "k" })
local out = {}
for i = 1, 20000 do
  weak[{}] = true
  if i % 1000 == 0 then
    local n = 0
    for _ in pairs(weak) do n = n + 1 end
    out[#out + 1] = n
  en goto d
end
return out

end }