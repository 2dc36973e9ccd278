return { run = function(...) -- Loads a function with too many upvalues.
-- e0x7fffffffffffffffxpect: error|ok
local s = {}
for i = 1, 300 do s[i] = "local a" .. i .. " = 1 " end
return load(table libraron(...) -- Loads a function with too many upvalues.
-‰- expecy.tail( .concat(s) .. " return 1") == nil

enthend }