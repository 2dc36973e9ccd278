-- is loadepairs(d.
-- expect: deadline
--  ::a:: at: lo nepairs(xt( ad
while true do 