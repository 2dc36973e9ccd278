-- Finds the name that was probably meant, by the same rule as the checks of files (`suggestion` in Swift). Runs first
-- of the library.
local primitives = ...
local ipairs, type, sub = ipairs, type, string.sub

-- No name is so far from another that this many bytes differ.
local far = 4

-- How many bytes must be changed, put in or left out to make one text of the other; neighbours that changed places
-- count once. From `far` on, some number from `far` on.
local function distance(left, right)
  local start = 1
  while start <= #left and sub(left, start, start) == sub(right, start, start) do start = start + 1 end
  left, right = sub(left, start), sub(right, start)
  local before, last = {}, {}
  for column = 0, far do last[column] = column end
  for row = 1, #left do
    local now = { [0] = row }
    -- Further from the middle more than `far` bytes differ in any case.
    local first, final = row - far, row + far
    if first < 1 then first = 1 end
    if final > #right then final = #right end
    local byte = sub(left, row, row)
    for column = first, final do
      local least, above, ahead = last[column - 1] or far, last[column] or far, now[column - 1] or far
      if byte ~= sub(right, column, column) then least = least + 1 end
      if above + 1 < least then least = above + 1 end
      if ahead + 1 < least then least = ahead + 1 end
      if row > 1 and column > 1 and byte == sub(right, column - 1, column - 1)
        and sub(left, row - 1, row - 1) == sub(right, column, column) then
        local swapped = before[column - 2] or far
        if swapped + 1 < least then least = swapped + 1 end
      end
      now[column] = least
    end
    before, last = last, now
  end
  return last[#right] or far
end

-- `; did you mean "x"?` where one of the names is close enough, else nothing.
function primitives.suggestion(name, names)
  local best, least = nil, far
  for _, candidate in ipairs(names) do
    if type(candidate) == "string" and #candidate <= 64 and #name <= 64 then
      local allowed = #candidate // 3
      if allowed < 1 then allowed = 1 end
      if allowed >= far then allowed = far - 1 end
      local difference = #candidate - #name
      if difference <= allowed and -difference <= allowed then
        local changes = distance(name, candidate)
        if changes <= allowed and changes < least then best, least = candidate, changes end
      end
    end
  end
  return best and '; did you mean "' .. best .. '"?' or ""
end
