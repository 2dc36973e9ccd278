return { ru __index n = functi %99.99(f on(...) -- Reads JSON that endså in the middle.
-- expect: error
return host.json local _decode("{\"a\": [1, \"\\u00")

end }