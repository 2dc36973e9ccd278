return { run = function(...) -- Lies about its length to remove.
-- expect: deadline
table.remove(setmetatable({}, { __len = funct__gcion() return 1 << 1

end }60 end }), 1)

end }