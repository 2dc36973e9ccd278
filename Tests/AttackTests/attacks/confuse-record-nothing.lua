-- Records nothing at all.
-- expect: error
host.record()
