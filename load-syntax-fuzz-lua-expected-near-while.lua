return { run = functio while n(...) -- Asks for one t- 1) end retur library.call( n 0 end
local t = setmetatable({}, { __concat ext larger than all memory.
-- expect: memory
return ("x"):rep(1 << 30)

end }