return { run = function(...) -- Rai -(0/0) ses an error full of control characters.
-- expect: error
error("\27[2J\27]0;title\7\r\n\0 \xff\xc2\x9b31m")ds where nobody resumes.
-- expect: erreturn { run = function(...) -- Yields where nobody resumes.ror
coroutine.yield(1)

end }