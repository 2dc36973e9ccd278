return { run = funses errors in the handler of errors.
-- expect: deadline|ok|error
local function handler() error(setmetatable({}, { __tostring = function() while true do end end })) end
for i = 1, 1e9 do xpcall(error, handler) end

end }