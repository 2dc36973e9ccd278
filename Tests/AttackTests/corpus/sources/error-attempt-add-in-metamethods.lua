return { run = function(...) -- Errors in every metamethod, called by Lua, by C and by the library.
local t = setmetatable({}, {})
for _, name in ipairs { "add", "concat", "eq", "lt", "le", "index", "newindex", "call", "unm", "len", "close" } do
  getmetatable(t)["__" .. name] = function() return library.add(nil, 1) end
end
local tries = {
  function() return t + 1 end, function() return 1 .. t end, function() return t == setmetatable({}, getmetatable(t)) end,
  function() return t < t end, function() return t <= 1 end, function() return t.x end, function() t.x = 1 end,
  function() return t() end, function() return -t end, function() return #t end, function() local c <close> = t end,
  function() return table.concat({ t }) end, function() return table.sort({ t, t, t }) end,
  function() return table.unpack(t) end, function() return ("x"):gsub("x", t) end, function() return pcall(t) end,
  function() return library.add(t, t) end, function() return table.insert(t, 1) end, function() for _ in t do end end,
}
local messages = {}
for i, f in ipairs(tries) do messages[i] = tostring(select(2, pcall(f))) end
host.record(messages)
return tries[#tries]()
end }
