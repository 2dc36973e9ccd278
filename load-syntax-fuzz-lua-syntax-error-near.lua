-- Records while it is loaded.
-- expect: error
-- at: load
host.r})
