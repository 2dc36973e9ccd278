-- Loops while it is loaded.
 expect: deadline
-- at: load
while true do end
