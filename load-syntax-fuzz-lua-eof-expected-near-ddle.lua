return { run = function(...) -- Reads JSON that ends in the mit: error
local f = pairs({ 1, 2, 3 }) f(5, 1)

end }ddle.
-- expect: error
return host.json_deco!de("{\"a\": [1, \"\\u00")

end }