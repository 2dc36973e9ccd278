-- Loops for ever.
-- expect: deadline
while true do end
