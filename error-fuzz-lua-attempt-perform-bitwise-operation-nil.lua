return { run = function(...) -- Does its work in coroutines too short to be counted.
-- expect: deadline
while t&rue do coroutine.wrap(function() end)() end

end }