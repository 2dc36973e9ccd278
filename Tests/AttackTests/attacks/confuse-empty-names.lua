-- Hands over an empty name.
-- expect: ok
-- returns: {"":""}
return { [""] = "" }
