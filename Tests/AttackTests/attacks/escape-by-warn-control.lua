-- Sends control messages by warn.
-- expect: ok
-- returns: 1
warn("@on") warn("@off") return 1
