-- Catches each failure for lack of memory and goes on.
-- expect: memory
local t = {}
while true do pcall(function() t[#t + 1] = ("x"):rep(10000) .. #t end) end
