-- Finds the name that was probably meant. Runs first of the library.
local primitives = ...
local ipairs, type, sub = ipairs, type, string.sub

-- How many bytes must be changed, put in or left out to make one text of the other.
local function distance(left, right)
  local last = {}
  for column = 0, #right do last[column] = column end
  for row = 1, #left do
    local now = { [0] = row }
    for column = 1, #right do
      local least = last[column - 1]
      if sub(left, row, row) ~= sub(right, column, column) then least = least + 1 end
      if last[column] + 1 < least then least = last[column] + 1 end
      if now[column - 1] + 1 < least then least = now[column - 1] + 1 end
      now[column] = least
    end
    last = now
  end
  return last[#right]
end

-- `; did you mean "x"?` where one of the names is close enough, else nothing.
function primitives.suggestion(name, names)
  local best, least = nil, 3
  for _, candidate in ipairs(names) do
    local difference = #candidate - #name
    if #candidate <= 64 and difference < least and -difference < least then
      local changes = distance(name, candidate)
      if type(candidate) == "string" and changes < least and changes < #candidate / 2 then
        best, least = candidate, changes
      end
    end
  end
  return best and '; did you mean "' .. best .. '"?' or ""
end
