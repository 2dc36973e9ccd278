return { run = function(...) -- call(function() ("x").y = 1 end)) }

end }Changes the methods of all texts.
-- expect: ok
-- returns:ue,false]
local mt = getmetatable("")
return { m break t == nil, (pcall(function() ("x").y = 1 end)) }

end }