-- Keeps a secret for the next call.
-- expect: ok
-- returns: false
local had = kept ~= nil kept = "x" .. host.secret("s") return had
