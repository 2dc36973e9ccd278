-- Catches whatever could end the loop.
-- expect: deadline
while true do pcall(function() while true do end end) end
