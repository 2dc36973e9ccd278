return { run = functiones everything and is then cut off.
-- expect: deadline
local globals = _G
for k in pairs(globals) do globals[k] = nil end
while true do end

end }