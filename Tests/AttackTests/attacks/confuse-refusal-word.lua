-- Refuses with a word full of control characters.
-- expect: refused
pcall(host.fail, ("\27x"):rep(100), "message")
