return { run = function(...) -- Dates of extreme years, months and seconds, there and back.
local letters = { "c", "x", "X", "C", "D", "F", "G", "g", "V", "U", "W", "j", "u", "y", "Y", "s", "p", "r", "Z" }
local times = { math.mininteger, math.maxinteger, 0, -1, -62167219200, -62167219201, 253402300800, 31622400 * 1000000,
  -31622400 * 1000000, 31622400 * 1000001 - 1, -31622400 * 1000001 + 1 }
local length = 0
for _, time in ipairs(times) do
  for _, letter in ipairs(letters) do
    local ok, text = pcall(os.date, "!%" .. letter, time)
    length = length + #text
  end
  local ok, date = pcall(os.date, "*t", time)
  if ok then host.record{ time, os.time(date) == time } end
end
for _, n in ipairs { -2147483648, 2147483647, -1, 0, 13, 366, 1000000, -1000000 } do
  for _, key in ipairs { "year", "month", "day", "hour", "min", "sec" } do
    local date = { year = n == 0 and 1970 or 2000, month = 1, day = 1, isdst = n }
    date[key] = n
    local ok, time = pcall(os.time, date)
    if ok then pcall(os.date, "%c %G-%V", time) end
  end
end
pcall(os.time, setmetatable({}, { __index = function(_, key) return library.add(key, 1) end }))
pcall(os.time, { year = "2000", month = 1.0, day = "0x1p0" }) pcall(os.date, "%") pcall(os.date, ("%c"):rep(5000))
host.record{ length }
return os.date("%c", math.maxinteger)
end }
