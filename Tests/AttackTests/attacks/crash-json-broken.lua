-- Reads JSON that ends in the middle.
-- expect: error
return host.json_decode("{\"a\": [1, \"\\u00")
