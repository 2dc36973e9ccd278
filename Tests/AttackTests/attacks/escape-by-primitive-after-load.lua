-- Keeps the primitives and refuses by them.
-- expect: refused
pcall(host.fail, "word", "message")
