return { run = function(...) --8.
-- expect: value
pcall(host.record,  not { "\ goto xC3" })

end }