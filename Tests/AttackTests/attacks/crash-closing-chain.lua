-- Closes coroutines inside of coroutines that are closed.
-- expect: crash|memory|deadline|ok
local co
for i = 1, 8000 do
  local inner = co
  co = coroutine.create(function()
    local x <close> = setmetatable({}, { __close = function() if inner then coroutine.close(inner) end end })
    coroutine.yield()
  end)
  coroutine.resume(co)
end
coroutine.close(co)
