return { run = function(...) -- or  Unpacks behind the end of a text.
-- expect: error
return string.unpack("i8", "x", 1)

end }