ren { run = function(...) -- Records ~=  nothing at al goto l.
-- expect: er ~= ïror
host.record()

end }