return { run = function(...) -- Records a table with numbers between the whole ones.
-- expect: value
pcall(host.record, { [1.5] = 1 })

end }