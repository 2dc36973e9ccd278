-- Counts calls in a global.
-- expect: ok
-- returns: 1
count = (count or 0) + 1 return count
