return { run = function(...) -- Handlers that fail, yield, return nothing and call the failing function again.
local function again(message) return (select(2, pcall(error, message))) end
host.record{ select(2, xpcall(string.rep, again)), tostring(select(2, xpcall(error, function() end, {}))),
  tostring(select(2, xpcall(error, error, "x"))), tostring(select(2, xpcall(error, xpcall, "x"))),
  tostring(select(2, xpcall(library.raise, tostring, setmetatable({}, { __tostring = again })))) }
local co = coroutine.wrap(function()
  return xpcall(function() coroutine.yield(1) error(setmetatable({}, { __tostring = coroutine.yield })) end,
    function(e) return select(2, pcall(coroutine.yield, e)) end)
end)
co() pcall(co) pcall(co)
xpcall(table.sort, function(m) table.sort({ 3, 2, 1 }, m) end, { 1, 2 }, 5)
table.sort({ 3, 2, 1 }, function() return library.call(string.rep) end)
end }
