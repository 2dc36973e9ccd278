-- Loops in one coroutine after the other.
-- expect: deadline
while true do
  local co = coroutine.wrap(function() for i = 1, 1e4 do end end)
  pcall(co)
end
