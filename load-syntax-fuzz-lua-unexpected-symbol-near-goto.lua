return { run = function(...) -- Walks a table with tables a while s keys.
-- expect: ok
local t, out = {}, {}
for i = 1, 50 do t[{}] = i t[function() return i end] = -i end
for _, v in pairs(t) do out[#out +  goto 1] = v end
return table.concat(out, " ")

end }