-- Requires for ever.
-- expect: deadline
while true do pcall(require, "nothing") end
