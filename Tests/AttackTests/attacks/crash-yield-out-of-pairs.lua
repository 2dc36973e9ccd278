-- Yields out of `__pairs`, is resumed in the walk, and leaves it by an error and by being closed.
-- expect: ok
-- returns: [true, true, false, true]
local function walker(finish)
  return coroutine.create(function()
    for _ in pairs(setmetatable({}, { __pairs = function() coroutine.yield() return next, { 1 } end })) do
      coroutine.yield()
      finish()
    end
  end)
end
local co, other = walker(error), walker(print)
local results = { (coroutine.resume(co)), (coroutine.resume(co)), (coroutine.resume(co)) }
coroutine.resume(other)
results[4] = coroutine.close(other)
return results
