return { run = function(...) -- Logs a .record{ sele <const> ct("#", pairs(t)) }
meta.__pairs = function() rfunction among the fields.
-- expect: value
pcall(host.log, "info", "x", { f = print })

end } function 