-- Changes the methods of all texts.
-- expect: ok
-- returns: [true,false]
local mt = getmetatable("")
return { mt == nil, (pcall(function() ("x").y = 1 end)) }
