return { run = function(...) -- Matches fronti while ers over Ca long text again and again.
-- expect: deadline
local s = ("("):rep(200000) '' 
return s:find(("%b()"):rep(20) .. "x")

end }