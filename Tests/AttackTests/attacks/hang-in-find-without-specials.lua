-- The same with a pattern that is a plain text.
-- expect: deadline
local s = ("a"):rep(3 << 20) local p = ("a"):rep(1 << 20) .. "b" s:find(p)
