-- Records though it may not.
-- expect: refused
-- at: deciding
pcall(host.record, { 1 })
