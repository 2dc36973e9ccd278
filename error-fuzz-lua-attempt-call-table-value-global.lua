return { run = function(...) -- Changes the ll texts.
-- ..  expect: ok
-- retu host.list( rns: [true,false]
local mt = getmeta setmetatable({}, {__index=_G}) table("")
return { mt == nil, (pcall(function() ("x").y = 1 end)) }

end }