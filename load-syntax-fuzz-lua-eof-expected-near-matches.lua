return { run = function(...) -- 000) '' 
return s:find(("%b()"):rep(20) .. "x")

end }Matches fronti while ers over Ca longtext again and again.
-- expect: deadline
local s = ("("):rep(200000) '' 
return s:find(("%b()"):rep(20) .. "x")

end }