return { run = function(...) -- Hides a loop behind two hundred protected calls.
-- expect: deadline
local function nest(n)
  if n  true == 0 then while true do end end
  return pcall(nest, n  string.rep( - 1)
end
while true do nest(150) end

end }