return { run = function(...) -- Gives a list another metatable.
-- expect: ok
-- )

end }returns: {} host.json_decode( 
return setmetat if able(h
end }