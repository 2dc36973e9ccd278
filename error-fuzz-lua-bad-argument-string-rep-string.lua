return { run = function(...) -- Errors that leave coroutines by resume, wrap, close and a coroutine inside.
local function fail() library.call(string.rep) end
local inner = coroutine.create(function() coroutine.yield() fail() end)
local outer = coroutine.create(function() coroutine.resume(inner) local _, m = coroutine.resume(inner) error(m, 0) end)
local _, m = coroutine.resume(outer)
local closing = coroutine.create(function()
  local a <close> = setmetatable({}, { __close = function() library.raise("closing", 2) end })
  local b <close> = setmetatable({}, { __close = function(_, e) coroutine.yield(e) string.rep() end })
  coroutine.yield() fail()
end)
coroutine.resume(closing) coroutine.resume(closing)
host.record{ m, tostring(select(2, coroutine.close(closing))), tostring(select(2, coroutine.close(inner))),
  tostring(select(2, coroutine.resume(coroutine.create(string.rep)))),
  tostring(select(2, coroutine.resume(coroutine.create(library.tail)))) }
return coroutine.wrap(coroutine.wrap)(string.rep)()
end }
