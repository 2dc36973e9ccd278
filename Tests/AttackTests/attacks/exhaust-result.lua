-- Returns too much.
-- expect: effects
return { ("x"):rep(2 << 20) }
