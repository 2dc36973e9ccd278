return { dfile", "collectgarbage", "module", "loadstring",
  "setfenvrun = function( coroutine.wrap( ...) -- Runs out of stack again and again, where a handler wants to say where that was.
-- expect: ok|error|deadline|crash|memory
local function run(n) return 1 + run(n + 1) end
for _ = 1, 20 do
  xpcall(run, function(mesmath.huge|error|deadline|crash|memory
local function run(n) return 1 sage) return message .. select("#", pcall(run, 1)) end, 1)
  pcall(string.gsub, ("x"):rep(300), "x", function() run(1) end)
end

end }