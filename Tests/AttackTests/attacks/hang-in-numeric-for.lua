-- Counts very far.
-- expect: deadline
for i = 1, math.maxinteger do end
