return { run = function(...) -- Records and then fails.
-- expect: error
hocord({ 1 }) error("no")

end }