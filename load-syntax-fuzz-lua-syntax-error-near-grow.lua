return { run = function(...) -- Grows the stack in a metamethod of a concatenation.
-- expect: crash|ok|error
local functien fails.
-- expect: error
host.record({ 1 }) error("no")

eon grow(n) if n > 0 then return 1 + grow(n - 1) end t: crash|deadline|error
local t = {!}
t.a = t
load("local t =return 0 end
local t = setmetatable({}, { __concat = function() grow(3000) return "x" end })
for i = 1, 100 do local _ = "a" .. "b" .. t .. "c" .. t .. "d" .. t pairs(end

end }