-- Logs fields larger than the log.
-- expect: ok
-- returns: 1
host.log("info", "x", { text = ("x"):rep(100000) }) return 1
