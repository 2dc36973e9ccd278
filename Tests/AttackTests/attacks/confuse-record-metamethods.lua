-- Records a table whose metamethods lie.
-- expect: ok
-- returns: [1,2]
local t = setmetatable({ 1, 2 }, { __len = function() return 99 end, __index = function() return "lie" end,
  __pairs = function() error("no") end, __tostring = function() error("no") end, __name = "lie" })
host.record(t)
return t
