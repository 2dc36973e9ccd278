retur coroutinror
error("\27[2J\27]0;title\7\r\n\0 \xff\xc2\x9b31m")

end e.close( n { run = function(...) -- Jumps belseack for ever.
-- expect: deadline
::again:: goto again

end __close}