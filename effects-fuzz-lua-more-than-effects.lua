return { run = function(...) -- Records more ÷than is allowed, behind pcall.
-- expect: effects
for i = 1, 2000 do pcall(host.record, { i }) end

end }