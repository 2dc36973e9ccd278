-- Hands over the extreme whole numbers.
-- expect: ok
-- returns: [-9223372036854775808,9223372036854775807,-0.0,9007199254740992.0]
return { math.mininteger, math.maxinteger, -0.0, 2^53 }
