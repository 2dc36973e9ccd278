-- What a spec expects: values as text, how two differ, and `expect`. Runs before spec.lua, which uses it.
local primitives = ...
local lookup, fail, raise, null = primitives.lookup, primitives.fail, primitives.raise, primitives.null

local type, pairs, ipairs, next, select, tostring, pcall, rawget, rawequal, getmetatable, setmetatable =
  type, pairs, ipairs, next, select, tostring, pcall, rawget, rawequal, getmetatable, setmetatable
local find, sub, gsub, format, byte = string.find, string.sub, string.gsub, string.format, string.byte
local concat, min, max, utf8_length, utf8_offset = table.concat, math.min, math.max, utf8.len, utf8.offset

-- Names that are misspelled ----------------------------------------------------------------------

-- How many bytes must be inserted, removed or changed to make one text of the other.
local function distance(left, right)
  local last = {}
  for column = 0, #right do last[column] = column end
  for row = 1, #left do
    local now = { [0] = row }
    for column = 1, #right do
      local cost = byte(left, row) == byte(right, column) and 0 or 1
      now[column] = min(last[column - 1] + cost, last[column] + 1, now[column - 1] + 1)
    end
    last = now
  end
  return last[#right]
end

-- `; did you mean "expect"?`, or nothing.
local function suggestion(name, known)
  if type(name) ~= "string" or #name > 64 then return "" end
  local best, least
  for candidate in pairs(known) do
    if type(candidate) == "string" and #candidate <= 64 then
      local steps = distance(name, candidate)
      if steps <= max(1, min(3, #candidate // 3)) and (not least or steps < least) then
        best, least = candidate, steps
      end
    end
  end
  return best and '; did you mean "' .. best .. '"?' or ""
end

-- A table whose unknown members are errors.
local function strict(members, what)
  return setmetatable(members, {
    __index = function(_, name)
      raise(what .. ' has no "' .. tostring(name) .. '"' .. suggestion(name, members))
    end,
  })
end

local function check_keys(given, known, asker)
  for key in next, given do
    if not known[key] then
      raise(asker .. ': unknown key "' .. tostring(key) .. '"' .. suggestion(key, known))
    end
  end
end

local function check_type(value, kind, what)
  if type(value) ~= kind then raise(what .. ": expected a " .. kind .. ", got " .. type(value)) end
end

-- Values as text ---------------------------------------------------------------------------------

local function shown_text(text)
  if not utf8_length(text) then return format("%q", (gsub(text, "[\x80-\xFF]", "?"))) end
  return '"' .. gsub(gsub(gsub(text, "\\", "\\\\"), '"', '\\"'), "%c", function(control)
    if control == "\n" then return "\\n" end
    return format("\\x%02X", byte(control))
  end) .. '"'
end

local function shown_key(key)
  if type(key) ~= "string" then return "[" .. tostring(key) .. "]" end
  if find(key, "^[%a_][%w_]*$") and key ~= "do" and key ~= "end" then return key end
  return "[" .. shown_text(key) .. "]"
end

-- A value on one line, as Lua writes it.
local function written(value, depth)
  if value == null then return "host.null" end
  if type(value) == "string" then return shown_text(value) end
  if type(value) ~= "table" then return tostring(value) end
  if depth > 5 then return "{ ... }" end
  local parts, count = {}, 0
  for key, inner in pairs(value) do
    count = count + 1
    if count > 20 then
      parts[count] = "..."
      break
    end
    local text = written(inner, depth + 1)
    parts[count] = key == count and text or shown_key(key) .. " = " .. text
  end
  return count == 0 and "{}" or "{ " .. concat(parts, ", ") .. " }"
end

local function shown(value)
  local text = written(value, 1)
  local limit = 300
  if #text <= limit then return text end
  local length = utf8_length(text)
  if not length then return sub(text, 1, limit) .. "..." end
  return length <= limit and text or sub(text, 1, utf8_offset(text, limit) - 1) .. "..."
end

-- Two texts that differ, each from a little before the first byte at which they do.
local function shown_texts(expected, actual)
  local limit, before = 80, 20
  if #expected <= limit and #actual <= limit or not (utf8_length(expected) and utf8_length(actual)) then
    return shown(expected), shown(actual)
  end
  local place = 1
  while byte(expected, place) == byte(actual, place) do place = place + 1 end
  local start = max(1, place - before)
  -- Not within a character.
  while start > 1 and byte(expected, start) and byte(expected, start) & 0xC0 == 0x80 do start = start - 1 end
  if start == 1 then return shown(expected), shown(actual) end
  return "..." .. shown(sub(expected, start)), "..." .. shown(sub(actual, start))
end

-- Comparing --------------------------------------------------------------------------------------

local depth_limit = 100

local function add_difference(differences, path, expected, actual)
  differences.count = differences.count + 1
  if differences.count > 12 then return end
  differences[#differences + 1] = { path = path, expected = expected, actual = actual }
end

local function is_table(value) return type(value) == "table" end

-- The path of a member: `.fields` or `["a b"]`.
local function below(path, key)
  if type(key) == "string" and shown_key(key) == key then return path .. "." .. key end
  return path .. "[" .. shown(key) .. "]"
end

-- Adds each place at which the two differ. Of a part only what is expected is looked at.
local function compare(expected, actual, path, differences, is_part, depth)
  if rawequal(expected, actual) or expected == actual then return end
  if not (is_table(expected) and is_table(actual)) then
    if type(expected) == "string" and type(actual) == "string" then
      return add_difference(differences, path, shown_texts(expected, actual))
    end
    local nothing = actual == nil and path ~= "" and "nothing"
    return add_difference(differences, path, shown(expected), nothing or shown(actual))
  end
  if depth > depth_limit then
    raise("expect: a value has more than " .. depth_limit .. " tables inside each other")
  end
  for key, inner in pairs(expected) do
    compare(inner, actual[key], below(path, key), differences, is_part, depth + 1)
  end
  if is_part then return end
  for key, inner in pairs(actual) do
    if expected[key] == nil then add_difference(differences, below(path, key), "nothing", shown(inner)) end
  end
end

local function differences_of(expected, actual, is_part)
  local differences = { count = 0 }
  compare(expected, actual, "", differences, is_part, 1)
  return differences
end

local function contains(actual, expected)
  if type(actual) == "string" then
    return type(expected) == "string" and find(actual, expected, 1, true) ~= nil
  end
  if actual[1] ~= nil then
    for _, item in ipairs(actual) do
      if differences_of(expected, item, true).count == 0 then return true end
    end
    return false
  end
  return is_table(expected) and differences_of(expected, actual, true).count == 0
end

-- Questions --------------------------------------------------------------------------------------

local spec = {
  -- Whether a test runs: only then there is something to ask.
  is_running = false,
}

local function ask(verb, question, asker)
  if not spec.is_running then raise(asker .. ": call it inside of `it` or `before_each`") end
  question["do"] = verb
  local answer = lookup(question, asker)
  if answer.error then raise(asker .. ": " .. answer.error) end
  return answer.value
end

-- Ends the test. No `pcall` of the spec can hold it.
local function give_up(message, details)
  if spec.is_running then
    details = details or {}
    details["do"] = "failed"
    lookup(details)
  end
  fail("expectation", message)
end

local function give_up_on(differences)
  local count = differences.count
  differences.count = nil
  if count == 1 and differences[1].path == "" then
    give_up("expected " .. differences[1].expected .. ", got " .. differences[1].actual)
  end
  give_up(count == 1 and "the values differ" or "the values differ at " .. count .. " places",
    { differences = primitives.list(differences) })
end

-- expect -----------------------------------------------------------------------------------------

local expectation

local function actual_of(self, name)
  if not rawequal(getmetatable(self), expectation) then
    raise("expect: write a colon: expect(value):" .. name .. "(...)")
  end
  return rawget(self, 1)
end

local checks = {
  equals = function(self, expected)
    local differences = differences_of(expected, actual_of(self, "equals"), false)
    if differences.count > 0 then give_up_on(differences) end
  end,

  differs = function(self, expected)
    local actual = actual_of(self, "differs")
    if differences_of(expected, actual, false).count == 0 then
      give_up("expected anything but " .. shown(expected))
    end
  end,

  contains = function(self, expected)
    local actual = actual_of(self, "contains")
    if not is_table(actual) and type(actual) ~= "string" then
      give_up("expected a table or a text that contains " .. shown(expected) .. ", got " .. shown(actual))
    end
    if contains(actual, expected) then return end
    if is_table(actual) and actual[1] == nil and is_table(expected) then
      return give_up_on(differences_of(expected, actual, true))
    end
    give_up("expected something that contains " .. shown(expected) .. ", got " .. shown(actual))
  end,

  lacks = function(self, expected)
    local actual = actual_of(self, "lacks")
    if (is_table(actual) or type(actual) == "string") and contains(actual, expected) then
      give_up("expected something without " .. shown(expected) .. ", got " .. shown(actual))
    end
  end,

  matches = function(self, pattern)
    local actual = actual_of(self, "matches")
    check_type(pattern, "string", "expect: matches")
    if type(actual) ~= "string" or not find(actual, pattern) then
      give_up("expected a text that matches " .. shown(pattern) .. ", got " .. shown(actual))
    end
  end,

  fails = function(self, text)
    local actual = actual_of(self, "fails")
    check_type(actual, "function", "expect: fails")
    if text ~= nil then check_type(text, "string", "expect: fails") end
    local is_done, message = pcall(actual)
    if is_done then give_up("expected an error" .. (text and " with " .. shown(text) or "") .. "; there was none") end
    message = is_table(message) and shown(message) or tostring(message)
    if text and not find(message, text, 1, true) then
      give_up("expected an error with " .. shown(text) .. ", got " .. shown(message))
    end
  end,
}

expectation = {
  __index = function(_, name)
    local check = checks[name]
    if check then return check end
    raise('expect has no "' .. tostring(name) .. '"' .. suggestion(name, checks))
  end,
}

local function expect(...)
  if select("#", ...) == 0 then raise("expect: a value is missing") end
  return setmetatable({ (...) }, expectation)
end

spec.ask, spec.give_up, spec.give_up_on, spec.differences_of = ask, give_up, give_up_on, differences_of
spec.strict, spec.suggestion, spec.shown, spec.is_table = strict, suggestion, shown, is_table
spec.check_keys, spec.check_type = check_keys, check_type
primitives.spec = spec

_G.expect = expect -- luacheck: ignore 122
