-- Packs and unpacks for ever.
-- expect: deadline
while true do local _ = string.unpack("z", string.pack("z", ("x"):rep(1000))) end
