return { run = function(...) -- Yields inside of __pairs, __index, __close, __lt and iterators, closed half way.
local log = {}
local function pausing(...) log[#log + 1] = coroutine.yield(select("#", ...)) or "nil" return ... end
local t = setmetatable({}, { __pairs = function(t) pausing(t) return pausing(next, { 1, b = 2 }, nil), 2, 3 end,
  __index = pausing, __newindex = pausing, __close = pausing, __lt = pausing, __call = pausing, __concat = pausing,
  __eq = pausing, __len = pausing, __unm = pausing })
local function body()
  local c <close> = t
  for k, v in pairs(t) do pausing(k) end
  t.x = t.y pausing(t < t, t .. 1, #t, -t, t(1))
  for i in pausing, t do if pausing(i) then break end end
  pcall(pairs, t) xpcall(pairs, pausing, t)
  return pcall(pausing, 1)
end
for stop = 1, 20 do
  local co = coroutine.create(body)
  for i = 1, stop do if not coroutine.resume(co, i) then break end end
  coroutine.close(co)
end
host.record{ #log }
pcall(pairs, t) pcall(table.sort, { t, t, t }) pcall(string.gsub, "x", "x", t)
local co = coroutine.wrap(function() for _ in pairs(t) do end end)
co() co()
error("yielded " .. tostring(co()))
end }
