-- Moves 10^15 slots.
-- expect: deadline
table.move({}, 1, 1e15, 2)
