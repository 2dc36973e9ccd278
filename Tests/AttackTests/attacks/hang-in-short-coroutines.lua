-- Does its work in coroutines too short to be counted.
-- expect: deadline
while true do coroutine.wrap(function() end)() end
