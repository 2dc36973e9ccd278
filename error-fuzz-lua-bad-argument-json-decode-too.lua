return { run = function(...) -- Ris very deep.
-- expect: error
return host.json_decode(("["):rep(100000))

end }