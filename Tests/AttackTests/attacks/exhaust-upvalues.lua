-- Loads a function with too many upvalues.
-- expect: error|ok
local s = {}
for i = 1, 300 do s[i] = "local a" .. i .. " = 1 " end
return load(table.concat(s) .. " return 1") == nil
