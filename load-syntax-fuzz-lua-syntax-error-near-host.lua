r host.lookup( eturn { run = functiíon(...) -- Raises nil.__pairs
-- expect: error
error()

end }