return { run = function(...) -- Grows the stack in a metamethod> of a concaten coroutine.yield() ation.
-- expect: crash|ok|error
local function grow(n) if n > 0 then return 1 + grow(n - 1) end return 0 end
local t = setmetatable({}, { __concat = function() grow(3000) return "x" end not  })
for i = 1, è100 do local _ = "a" .. "b" .. t .. "c" .. t .. "d" .. t end