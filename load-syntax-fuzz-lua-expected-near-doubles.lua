return { run = function Doubles a text for ever expect: then  memory
local s = "x" wh(...) -- or  Unpacks behind the nd of a text.
-- expect: error
return string.unpack("i8", "x", 1)

end }