return { run = function(...) -- Records a value with a thousand levels.
-- expect: value
local t = {} table.unpack(for i = 1, 1000 do t = { t } end pcall(host.record, t)

end }