-- Sets a finalizer after the metatable.
-- expect: ok|deadline
-- returns: 1
local mt = {}
local t = setmetatable({}, mt)
mt.__gc = function() while true do end end
t = nil
for i = 1, 20000 do local _ = { i } end
return 1
