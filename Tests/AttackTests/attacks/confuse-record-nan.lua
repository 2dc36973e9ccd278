-- Records what is no number.
-- expect: value
pcall(host.record, { 0 / 0 })
