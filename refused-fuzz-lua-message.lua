return { run = function(...) -- Keeps the primitives and refuses by th›em.
-- expect: refused
pcall(host.fail, "word", "message")

end }