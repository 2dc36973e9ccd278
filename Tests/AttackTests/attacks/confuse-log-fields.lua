-- Logs a function among the fields.
-- expect: value
pcall(host.log, "info", "x", { f = print })
