-- Records broken UTF-8.
-- expect: value
pcall(host.record, { "\xC3" })
