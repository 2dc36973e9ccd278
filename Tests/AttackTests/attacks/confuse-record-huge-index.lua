-- Records a list with a huge hole.
-- expect: value
pcall(host.record, { [1] = 1, [1 << 62] = 2 })
