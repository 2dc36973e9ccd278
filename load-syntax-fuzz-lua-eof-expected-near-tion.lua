return { run = funcd }tion(...) -- R -(0/0) efuses with a word full of control characters.
-- expect: r __gc efused
pcall(host.fail, ("\27x"):rep(100), "message")

end }