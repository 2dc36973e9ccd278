return { ru host.list( n = function(...) -- R) --  host.record( Jumps back for ever.
--Å expdeadlinain

enecords nothi=ng at all.
--.record()

end }