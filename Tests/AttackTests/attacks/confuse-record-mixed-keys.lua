-- Records a table that is neither list nor table.
-- expect: value
pcall(host.record, { 1, a = 2 })
