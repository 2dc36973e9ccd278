-- Replaces the host for the next call.
-- expect: ok
-- returns: 1
host.count = (host.count or 0) + 1 return host.count
