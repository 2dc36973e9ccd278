-- Reads JSON that is very deep.
-- expect: error
return host.json_decode(("["):rep(100000))
