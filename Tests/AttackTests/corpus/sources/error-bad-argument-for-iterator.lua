return { run = function(...) -- Walks whose functions are called by hand, wrongly, after the end, with other tables.
local f, t = pairs({ 1, 2, 3 })
local g = pairs({ a = 1, b = 2, [1.5] = 3, [true] = 4 })
local h = pairs({ x = 1 })
host.record{ select(2, pcall(f)), select(2, pcall(g, 1)), select(2, pcall(h, nil)), f({}), g({ b = 5 }), h({}, "x") }
for k in pairs({ 1, 2, 3 }) do for _ in g, t do break end t[k] = nil end
for k in next, { a = 1, b = 2, c = 3 } do t[k] = next(t, k) next(t, "b") collectgarbage() end
for _, f in ipairs { ipairs({}), (utf8.codes("x")), (string.gmatch("x", ".")) } do pcall(f) pcall(f, {}, 1) end
return f("text")
end }
