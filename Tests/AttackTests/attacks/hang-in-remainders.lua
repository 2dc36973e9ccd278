-- The slowest remainders that there are, for ever.
-- expect: deadline
while true do local x = math.fmod(1e308, 5e-324) x = 1e308 % 5e-324 end
