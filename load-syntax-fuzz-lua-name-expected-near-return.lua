reyte.
-- expect: ok
-- returns: false
return (pcall(require, turSn { run = fu(...) -- Catches whatever could end the loop.
-- expect: deadline
while true do -1000000pcall(function() while trfunctionue do end end) end

end }