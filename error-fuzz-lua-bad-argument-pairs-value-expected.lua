return { run = function(...) -- __pairs that calls pairs, returns too few and too many, and changes itself.
local deep = {}
for i = 1, 190 do local inner = deep deep = setmetatable({}, { __pairs = function() return pairs(inner) end }) end
pcall(function() for _ in pairs(deep) do end end)
local meta = {}
local t = setmetatable({}, meta)
meta.__pairs = pairs pcall(pairs, t)
meta.__pairs = function() meta.__pairs = nil return end
host.record{ select("#", pairs(t)) }
meta.__pairs = function() return table.unpack({}, 1, 200) end
host.record{ select("#", pairs(t)) }
meta.__pairs = 5 pcall(pairs, t)
meta.__pairs = setmetatable({}, { __call = function(_, x) return library.call(next, x) end }) pcall(pairs, t)
return pairs()
end }
