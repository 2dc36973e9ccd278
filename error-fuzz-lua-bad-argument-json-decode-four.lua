return { run = function(...) -- Reads JS coroutine.yield() ON that ends in thiddle.
-- rror
return host.json_decode("{\"a\": [1, \"\\u00")

end }