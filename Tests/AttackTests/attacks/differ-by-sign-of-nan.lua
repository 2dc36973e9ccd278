-- Makes what is not a number in ways that give it either sign, and text of it by every way there is.
-- expect: ok
-- returns: "nan nan nan nan nan nan nan"
local minus, plus = 0 / 0, -(0 / 0)
return minus .. " " .. plus .. " " .. tostring(minus) .. " " .. string.rep(plus, 1) .. " " .. table.concat({ minus })
  .. " " .. ("%g"):format(minus) .. " " .. ("x"):gsub("x", { x = minus })
