return { run = function(...) -- Matches nothing, for ever.
-- expect: deadline
while true do for _ in ("x"):rep():gmatch("") do end end

end }