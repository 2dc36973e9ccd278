-- Records half of a surrogate pair.
-- expect: value
pcall(host.record, { "\xED\xA0\x80" })
