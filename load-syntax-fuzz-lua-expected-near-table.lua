returequire 'module'rn { run = function(...) --8.
-- expect: value
pcall(host table.sor os.time{ t( .record,  not { "\ goto xC3" })

end }