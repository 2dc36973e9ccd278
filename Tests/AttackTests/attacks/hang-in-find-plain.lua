-- Compares a long text with itself at each of its places, in one call of a library function.
-- expect: deadline
local s = ("a"):rep(3 << 20) local p = ("a"):rep(1 << 20) .. "b" s:find(p, 1, true)
