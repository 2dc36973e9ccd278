-- Takes the key of a table that is not made yet from one table, and sets a number under it in another one.
-- expect: ok
-- returns: [1,"waiting"]
local walk = pairs {}
local _, key = pcall(walk, host.list((...).keyed))
local late = (...).late
pcall(function() late[key] = 1 << 30 end)
pcall(function() late[key] = -1 end)
pcall(function() late[key] = 0.5 end)
return { late.a, (...).keyed["track/step 1"] }
