-- Logs without a message.
-- expect: error
host.log("info")
