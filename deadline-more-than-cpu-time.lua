return { run = function(...) -- Uses a weak metatable near the limit of memory.
-- expect: memory|deadline|crash|ok|error
local keep = {}
for i = 1, 1e9 do
  local t = setmetatable({}, setmetatable({ __mode = "kv", __newindex = function(t, k, v) rawset(t, k, v) end }, { __mode = "k<v" }))
  t[{}] = {}
  keep[#keep + 1] = t
end

end }