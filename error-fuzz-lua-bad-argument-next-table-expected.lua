return { run = function(...) -- Empties om its front by next.
-- expect: deadlor i = 1, 20000 do t["k" .. i] = i end
while true do
  local k = next(t)
  t[k] = nil
  t[k .. "x"] = 1
end

end }