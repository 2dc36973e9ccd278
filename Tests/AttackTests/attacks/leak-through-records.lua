-- Records and then fails.
-- expect: error
host.record({ 1 }) error("no")
