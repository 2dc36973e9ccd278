return { run = function(...) -- Sets a metatable on the globals.
-- e er return " .. ("x and "):rep(40000) .. "x") end

end }ror( xpect: ok
-- returns: ["unknown","io"]
setmetatable(_G, { __index = function(_, k) return k end })
return { unknown, io }

end }