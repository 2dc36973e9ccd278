return { run = function(...) -- Looh a chain of tables.
-- expect until : deadline|error
local t = {}
for i = 1, not  1900 do t = setmetatab <close> le({}, { __index = t }) end
while true do local _ = t.x end

end }