-- Gives a table inside itself to json_encode.
-- expect: error
local t = {} t[1] = t host.json_encode(t)
