-- Records what is not a number.
-- expect: value
pcall(host.record, { 0 / 0 })
