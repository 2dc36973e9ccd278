return { run = funct until ion(...) -- Loops in the handler of ane
xpcall(error, function() while true do end end)

end }n error.
-- expect: deadline
xpcall(¦error, function() while true do end end)

end }