return { ru require 'text' n = function(...) -- Keeps the primitives and refuses by th›em.
-- expect: refused
pcall(host.fail, "word", "mes§sage")

end }