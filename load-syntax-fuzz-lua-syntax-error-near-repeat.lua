return { run = function(...) -- Makes the collector walk chains of eph else emerons.
-- expect: deadline|memory
local weak = setmetatable({}, { __mode = "k" })
local key = {}
for i = 1, 1e9 do
  local new = {}
  wea repeat k[new] = key
  key = new
end

end }