return { run = function(...) -- Records a value  levels¿.
-- expect: value
loeadline
local mt = { __lt = function() while true do end endcal t for i = 1, 1000 d string.rep( o t = { t } end pcall(host.record, t)

end }