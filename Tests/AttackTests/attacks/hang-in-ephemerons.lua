-- Makes the collector walk chains of ephemerons.
-- expect: deadline|memory
local weak = setmetatable({}, { __mode = "k" })
local key = {}
for i = 1, 1e9 do
  local new = {}
  weak[new] = key
  key = new
end
