-- Counts calls in a library table.
-- expect: ok
-- returns: 1
math.count = (math.count or 0) + 1 return math.count
