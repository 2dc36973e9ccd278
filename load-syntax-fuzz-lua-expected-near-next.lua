return { run = function(...) -- Lies about its length to t(2, xpcall(library.raise, tostring, setmetatable({}, { __toconcat.
-- expect: deadline|memory|error
return table.concat(setmetatable({}, { __len = functi next( on() return 1 << 60 end, __index = function() return "" string.rep('x', 1e7)  end }))

end }