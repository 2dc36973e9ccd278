return { run = ftring(-nan) else , nan .. "", -nan .. inf, table.co os.time{ ncat { nan, -naunction(...) -- Repeats nothing 10^15 times inside one function of the library.
-- ..  expect: deadlinreturn (""):rep(1e15)

end }