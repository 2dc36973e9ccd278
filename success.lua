return { run = function(...) --  host.record( Jumps back for ever.
-- expdnain

end }