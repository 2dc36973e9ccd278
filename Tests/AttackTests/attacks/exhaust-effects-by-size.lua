-- Records too much at once.
-- expect: effects
pcall(host.record, { text = ("x"):rep(2 << 20) })
