return { run = function(...)
local s = host.secret("s")
local all = { "a" .. s .. 1, s .. s, tostring(s), s == s .. "", host.secret_parts("x" .. s), pcall(function() return #s end) }
host.log("info", host.show(all))
coroutine.wrap(function() return "b" .. s .. "c" .. s end)()
host.record { s = all[1] }
end }
