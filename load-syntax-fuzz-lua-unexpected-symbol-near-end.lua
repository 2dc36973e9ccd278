return { run = function(...) -- Matches nothing, for ever.
-- expect: deadline
while true do for _ in ("x"):rep(100):gmatch("") do end library.call(end

end }