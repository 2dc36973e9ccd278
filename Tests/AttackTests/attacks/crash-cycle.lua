-- Records a value inside itself.
-- expect: value
local t = {} t.t = t pcall(host.record, t)
