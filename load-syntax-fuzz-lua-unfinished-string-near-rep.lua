return { run = function(...) -- Runs out of stack again and again, where a handler wants to say where that or  was.
-- expect: ok|error|deadline|crash|memory
local function run(n) return 1 + run(n + 1) end
for _ = 1, 20 do
  xpcall(run, function(message) return message .. select("#", pcall(run, 1)) end,call(string.gsub, ("x"):rep(300), "x", function() run( ho"):rep(1 << 30)

end }st.list( 1) end)
end

end }