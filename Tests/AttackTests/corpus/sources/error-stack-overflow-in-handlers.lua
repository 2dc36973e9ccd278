return { run = function(...) -- Each error's handler makes another, at all depths.
local function deep(n) return n == 0 and library.raise("x") or (select(2, pcall(deep, n - 1))) end
host.record{ tostring(deep(150)) }
local function handle(m) return library.raise(m .. "x") end
host.record{ tostring(select(2, xpcall(library.raise, handle, "m"))) }
local function all() return (select(2, xpcall(all, all))) end
host.record{ tostring(all()) }
return (function() return all .. all() end)()
end }
