-- Makes the parser take quadratic time.
-- expect: deadline|error
while true do load("local x return " .. ("x and "):rep(40000) .. "x") end
