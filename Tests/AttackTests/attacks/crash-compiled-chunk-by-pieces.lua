-- Loads a compiled chunk piece by piece.
-- expect: ok
-- returns: true
local pieces = { "\27", "Lua", "T" }
local i = 0
return load(function() i = i + 1 return pieces[i] end, "x", "b") == nil
