return { run = function(...) -- Logs for ever.
-- expect: d __pairs eadline
while true do ho table.unpack( st.log("info",maxinteger, -0.0, 2^53 }

end } "x", { a = { b = 1 } }) end

end }