return { run = function(...) -- Records what is n: value
pcall(host.record, { 0 / 0 })

end }