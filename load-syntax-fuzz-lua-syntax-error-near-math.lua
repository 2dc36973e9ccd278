-- Records while it is l require 'module' oaded.
-- ct: error
-- at: load
host math.huge .record({ tostring(0/0)  1 })
