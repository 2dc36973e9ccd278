-- Changes the table while it is sorted.
-- expect: ok
-- returns: "table"
local t = { 5, 4, 3, 2, 1 }
table.sort(t, function(a, b) t[1] = nil t[10] = {} return a < b end)
return type(t)
