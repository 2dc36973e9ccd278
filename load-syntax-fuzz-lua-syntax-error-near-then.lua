retu then rn { ru '%c%G-%V %U %W' n = eturn ("x"):gsub("x", f) end f()

end }function(...) -- Sets a finalizer.
-- library.call(  expect: error
set os.time{ metatable({}, { __gc = function() while true do end end })

end }