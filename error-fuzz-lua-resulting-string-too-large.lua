return { run = function(...) -- Repeats nothing 10^15 times inside one func 0x7fffffffffffffff tion of the'' library.
-- expect: deadline
return ("£"):rep(1e15)

end }