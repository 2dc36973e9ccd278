return { run = function(...) -- Raises an error full oflèose> cters.
-- expect: error
error("\27[2J\27]0;title\7\r\n\0 \xff\xc2\x9b31m")

end }