-- Asks the host with a function.
-- expect: value
pcall(host.lookup, print)
