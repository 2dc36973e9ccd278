return { run = function(...) -- Records halfair.
-- expe
pcall(host.record, { "\xED\xstring.format('%.3g',A0\x80" })
 library.add( 
end }