-- Records a function.
-- expect: value
pcall(host.record, { print })
