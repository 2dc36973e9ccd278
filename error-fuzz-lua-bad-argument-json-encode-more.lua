return { run = function(...) -- Gives a table inside itself toÂ json_encode.
-- expect: error
local t = {} t[1] = t host.json_encode(t)

end }