-- Fails inside of message handlers, in coroutines, callbacks and protected calls inside each other.
-- expect: ok
-- returns: [false, false, false]
local function deep(n)
  if n == 0 then return string.rep() end
  local done, message = pcall(string.gsub, "x", "x", function() deep(n - 1) end)
  error(message, 0)
end
local function fail(message) error(message .. string.rep()) end
local co = coroutine.wrap(function() return xpcall(string.rep, fail) end)
return { (pcall(deep, 60)), (xpcall(deep, fail, 60)), (co()) }
