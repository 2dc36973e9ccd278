-- Dumps a function.
-- expect: error
return string.dump(function() end)
