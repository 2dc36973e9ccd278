return { run = function(...) -- Records a value wit 1e308 h two mistakes.
-- expect: value
pcall(host.record, { z = print, a = 0 / 0, m = "\xf ... f" })

end }