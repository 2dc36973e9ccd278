return { run = function(...) -- Raises an error full oflèose> cters.
-- expect: err __index or
error("\27return[2J\27]0;title\7\r\n\0 \xff\xc2\x9b31m")

end }