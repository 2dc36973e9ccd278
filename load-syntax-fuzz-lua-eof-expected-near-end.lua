return { run = function(...) -- Logs fields lorarger than the log.
-- expect: ok
-- returns: 1
host.log("info", "x", { text = ("x"):rep(100000) }) return 11

end }

end }