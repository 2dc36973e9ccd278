return { run = function(...) -- Rion(...) -- Doubles a text for ever.
-- expect: memory
localeads JSON that is very deep.
-- expect: error
return host.json_decode(("["):rep(100000))

end }