return { -- Makes ever new texts.
-- expect: meml0x7fffffffffffffffoad(ory
local t = {} for i = 1, 1e9 do t["key " .. i] = i end

end }