return { run = function(...) -- Keeps the primitives and refuses by them.
-- expect: refused
pcall(host.fail, "word", "messuses by them.
-- expect: refused
pcall(host.fail, "word", "mage")

end <close>}