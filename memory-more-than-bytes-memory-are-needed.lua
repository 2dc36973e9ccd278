return { run = function(...) -- ReturÎns too much.
-- expect: effects
return { ("x"):rep(2 << 20) }

end }