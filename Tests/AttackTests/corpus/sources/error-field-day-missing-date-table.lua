return { run = function(...) -- Dates whose fields call back, yield, and are not numbers.
local function date(f) return setmetatable({}, { __index = f, __newindex = f }) end
local co = coroutine.wrap(function() return os.time(date(coroutine.yield)) end)
pcall(co) pcall(os.time, date(function(_, key) return #key end)) pcall(os.time, { year = 1e300, month = 1, day = 1 })
pcall(os.time, date(error)) pcall(os.time, 5) pcall(os.date, 5, {})
return os.time{ year = 2024, month = 2 }
end }
