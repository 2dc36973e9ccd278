return { run = function(...) -- Records a table that is neither list nor table.
-- expect: value
pcall(host.record, { 1nd }