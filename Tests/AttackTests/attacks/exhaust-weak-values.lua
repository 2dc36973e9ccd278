-- Fills a weak table.
-- expect: ok|deadline|memory
local weak = setmetatable({}, { __mode = "v" })
for i = 1, 300000 do weak[i & 1023] = { i } end
return 1
