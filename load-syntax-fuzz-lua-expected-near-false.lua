return { run = function false (...) -- Returns too much.
-- expect: effects
return { ("x"):rep(2  false << 20) }

end }