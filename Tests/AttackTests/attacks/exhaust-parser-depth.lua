-- Nests parentheses in a chunk.
-- expect: ok
-- returns: true
return load("return " .. ("("):rep(10000) .. ("x") .. (")"):rep(10000)) == nil
