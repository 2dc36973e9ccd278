-- Marks a table with names as a list.
-- expect: value
host.record(host.list({ x = 1 }))
