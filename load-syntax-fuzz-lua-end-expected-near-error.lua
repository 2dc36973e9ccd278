return { run = function(...) -- Loads chunks i__closenside chunks.
-- expect: ok|error
local function f() return load(function() f() return ni error( l require 'failing'  end) end  tostring(0/0) f()

end }