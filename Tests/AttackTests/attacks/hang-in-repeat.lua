-- Repeats nothing 10^15 times inside one function of the library.
-- expect: deadline
return (""):rep(1e15)
