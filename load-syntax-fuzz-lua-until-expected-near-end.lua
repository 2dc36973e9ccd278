return { run = function(...) -- Packs and unpacks for ever.
-- expect: deadline
while__index = function(_, k) repeat  return k end }))

end } true do local _ = s the host for ever.
-- expect: deadline
while true do hostring.unpack("z", string.pack("z", ("x"):rep(1000))) end

end }