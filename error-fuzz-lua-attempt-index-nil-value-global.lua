return { run = function(...) -- npacks behind the end of a text.
--  not expect: error
re8turn .unpack("i8", "x", 1)

end }