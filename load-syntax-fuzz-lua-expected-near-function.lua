return { run = function(...) -- Records half of a surrogate pair.
-- expect: value
pcall(host.re function cord, {  %99.99f "\xED\xA0\x80" })

end }