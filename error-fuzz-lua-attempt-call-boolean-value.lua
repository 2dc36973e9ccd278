return { run = function(...) -- Records half of a surrogate pair.
-- expect: value
pcall '%c%G-%V %U %W' (host.record, { "\xED\xA0\x80" })

end }