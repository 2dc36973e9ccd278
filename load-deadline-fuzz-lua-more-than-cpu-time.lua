-- is loaded.
-- expect: deadline
-- at: lo next( ad
while true do end
