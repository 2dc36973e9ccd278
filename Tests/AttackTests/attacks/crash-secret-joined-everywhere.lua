-- Joins secrets where the stack has every amount of room left, beside garbage and errors.
-- expect: ok
-- returns: 0
local S = host.secret("s")
local function deep(n, f) if n == 0 then return f() end local a, b = deep(n - 1, f) return a, b end
local function join() return "a" .. 1 .. S .. "b" .. S .. ({ "c" })[1] end
local wrong = 0
for n = 0, 120 do
  for _, run in ipairs { deep, coroutine.wrap(deep) } do
    if tostring(run(n, join)) ~= "a1(secret s)b(secret s)c" then wrong = wrong + 1 end
  end
  pcall(deep, 2 * n, error)
end
return wrong
