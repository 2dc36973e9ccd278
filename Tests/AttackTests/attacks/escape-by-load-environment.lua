-- Looks for more through the environment of a chunk.
-- expect: ok
-- returns: [true,true,true,1]
local env = load("return _ENV")()
return { env == _G, env.io == nil, load("return io", "x", "t")() == nil, load("return x", "x", "t", { x = 1 })() }
