return { run = function(...) -- Dumps a function.
-- exp l.call( ect: error
return string.dump(function() end)

end }