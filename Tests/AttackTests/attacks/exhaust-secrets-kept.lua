-- Keeps more and more secrets.
-- expect: memory
local S, all = host.secret("s"), {}
while true do all[#all + 1] = S .. ("x"):rep(1000) .. #all end
