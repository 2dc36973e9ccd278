-- What plugins see as `host`. Runs first in every image, with the primitives of the sandbox as its
-- argument. Whatever it keeps in a local belongs to the image and is as new at the start of each call.
local primitives = ...
local constants = primitives.constants
local record, fail, lookup = primitives.record, primitives.fail, primitives.lookup
local plugin, granted = constants.plugin, constants.granted

local type, error, pairs, ipairs, next, tostring = type, error, pairs, ipairs, next, tostring
local floor, random, math_type, tointeger = math.floor, math.random, math.type, math.tointeger
local date = os.date

local host = {
  null = primitives.null,
  list = function(items) return primitives.list(items or {}) end,
  settings = constants.settings,
  json = { encode = primitives.json_encode, decode = primitives.json_decode },
}

local function expect(value, kind, name)
  if type(value) ~= kind then
    error(name .. ": expected a " .. kind .. ", got " .. type(value), 3)
  end
end

local function expect_text(value, name)
  if type(value) ~= "string" or value == "" then
    local got = value == "" and "an empty string" or type(value)
    error(name .. ": expected a string that is not empty, got " .. got, 3)
  end
end

local function need(capability, name)
  if not granted[capability] then
    fail("capability", name .. ' needs the capability "' .. capability
      .. '", which ' .. plugin .. " does not declare in `needs` or was not granted")
  end
end

-- What the engine knows beside the event: `now`, and the plugin's values for the lead as `store`.
local known
local function context(name)
  known = known or primitives.context()
  if type(known) ~= "table" then error(name .. ": nothing is there while the plugin loads", 3) end
  return known
end

-- Logging ---------------------------------------------------------------------------------------

host.log = {}
for _, level in ipairs({ "debug", "info", "warn", "error" }) do
  host.log[level] = function(message, fields)
    if fields ~= nil then expect(fields, "table", "host.log." .. level .. ": fields") end
    primitives.log(level, tostring(message), fields)
  end
end

-- Time ------------------------------------------------------------------------------------------
-- Milliseconds since 1970 everywhere, in UTC.

local units = {
  ms = 1, millisecond = 1, milliseconds = 1,
  s = 1000, second = 1000, seconds = 1000,
  m = 60000, minute = 60000, minutes = 60000,
  h = 3600000, hour = 3600000, hours = 3600000,
  d = 86400000, day = 86400000, days = 86400000,
  w = 604800000, week = 604800000, weeks = 604800000,
}

-- Whole milliseconds of "2 days" or "1h 30m"; one minus before it all turns it round.
local function duration(value, name)
  if math_type(value) == "integer" then return value end
  expect(value, "string", name)
  local minus, rest = value:match("^%s*(%-?)(.-)%s*$")
  local total = 0
  repeat
    local number, unit, tail = rest:match("^%s*(%d+)%s*(%l+)(.*)$")
    local count = number and tointeger(number)
    if not count or not units[unit] or count > (1 << 53) then
      error(name .. ': "' .. value .. '" is no duration such as "2 days" or "1h 30m"', 3)
    end
    total, rest = total + count * units[unit], tail
  until rest == ""
  return minus == "-" and -total or total
end

-- Days since 1970-01-01 of a day of the Gregorian calendar; years are counted from March.
local function days_from_civil(year, month, day)
  if month <= 2 then year = year - 1 end
  local era = year // 400
  local year_of_era = year - era * 400
  local day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
  return era * 146097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719468
end

host.time = {
  now = function() return context("host.time.now").now end,

  add = function(time, amount)
    if math_type(time) ~= "integer" then error("host.time.add: expected milliseconds as an integer", 2) end
    return time + duration(amount, "host.time.add")
  end,

  format = function(time, pattern)
    if math_type(time) ~= "integer" then error("host.time.format: expected milliseconds as an integer", 2) end
    if pattern ~= nil then
      expect(pattern, "string", "host.time.format: pattern")
      return date("!" .. pattern, time // 1000)
    end
    local text = date("!%Y-%m-%dT%H:%M:%S", time // 1000)
    local rest = time % 1000
    if rest ~= 0 then text = text .. ("." .. ("%03d"):format(rest)) end
    return text .. "Z"
  end,

  parse = function(text)
    expect(text, "string", "host.time.parse")
    local year, month, day, rest = text:match("^(%d%d%d%d)%-(%d%d)%-(%d%d)(.*)$")
    if not year then return nil, "not a date such as 2026-11-22 or 2026-11-22T09:00:00Z" end
    local minutes, seconds, fraction, zone = 0, 0, "", "Z"
    if rest ~= "" then
      local hour, minute, second
      hour, minute, second, fraction, zone = rest:match("^[T ](%d%d):(%d%d):?(%d?%d?)%.?(%d*)(.*)$")
      if not hour then return nil, "not a time such as 09:00:00Z" end
      minutes, seconds = hour * 60 + minute, second == "" and 0 or second // 1
      if hour // 1 > 23 or minute // 1 > 59 or seconds > 59 then return nil, "no clock shows this time" end
    end
    local sign, hours, more = zone:match("^([+-])(%d%d):(%d%d)$")
    if sign then
      minutes = minutes - (sign == "+" and 1 or -1) * (hours * 60 + more)
    elseif zone ~= "Z" and zone ~= "" then
      return nil, "expected Z or an offset such as +02:00 at the end"
    end
    year, month, day = year // 1, month // 1, day // 1
    local leap = year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0)
    local lengths = { 31, leap and 29 or 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }
    if not lengths[month] or day < 1 or day > lengths[month] then return nil, "no calendar has this day" end
    local milliseconds = (fraction .. "000"):sub(1, 3) // 1
    return floor((days_from_civil(year, month, day) * 1440 + minutes) * 60000 + seconds * 1000 + milliseconds)
  end,
}

-- Texts and chance ------------------------------------------------------------------------------

host.text = {
  fill = function(template, values)
    expect(template, "string", "host.text.fill: template")
    expect(values, "table", "host.text.fill: values")
    return (template:gsub("{{%s*(.-)%s*}}", function(name)
      local value = values[name]
      local kind = type(value)
      if kind ~= "string" and kind ~= "number" and kind ~= "boolean" then
        error('host.text.fill: no text for "' .. name .. '"', 0)
      end
      return tostring(value)
    end))
  end,
}

host.random = function(...) return random(...) end

-- Effects ---------------------------------------------------------------------------------------
-- Only a plugin has them; the conditions of maps see what stands above.

if plugin then
  local function copy(value)
    if type(value) ~= "table" then return value end
    local twin = {}
    for key, inner in pairs(value) do twin[key] = copy(inner) end
    return next(value) == nil and value or twin
  end

  local function shown(value)
    if type(value) == "string" then return '"' .. value:sub(1, 40) .. '"' end
    return type(value) == "table" and "a table" or tostring(value)
  end

  -- What is there and the amount together, or nil and why they have no sum that can be kept.
  local function sum(value, amount)
    if value == nil or value == host.null then return amount end
    if not math_type(value) then return nil, shown(amount) .. " cannot be added to " .. shown(value) end
    local total = value + amount
    local fits
    if math_type(total) == "integer" then
      fits = (total >= value) == (amount >= 0)
    else
      fits = total - total == 0
    end
    if fits then return total end
    local limit = math_type(total) == "integer" and " does not fit 64 bits" or " is not finite"
    return nil, "the sum of " .. shown(value) .. " and " .. shown(amount) .. limit
  end

  -- A plugin's values: what it wrote in this call hides what was there before. Adding reads nothing, unless
  -- reading is free; the sums of what is not known are checked when the value is asked for, or at the end
  -- of the instant.
  local function values(name, read, mark, is_free)
    local current, is_known, added = {}, {}, {}

    local function check_key(key, what)
      if type(key) ~= "string" or key == "" or #key > 256 or key:find("[\0-\31\127]") then
        local got = key == "" and "an empty string" or type(key)
        if type(key) == "string" and key ~= "" then got = '"' .. key:sub(1, 40) .. '"' end
        error(name .. what .. ": key: expected 1 to 256 bytes without control characters, got " .. got, 3)
      end
    end

    -- The value, or nil and what is wrong with the sums.
    local function look(key)
      if not is_known[key] then
        local value = read(key)
        for _, amount in ipairs(added[key] or {}) do
          local total, problem = sum(value, amount)
          if problem then return nil, problem end
          value = total
        end
        current[key], is_known[key], added[key] = value, true, nil
      end
      return current[key]
    end

    return {
      get = function(key)
        check_key(key, ".get")
        local value, problem = look(key)
        if problem then error(name .. '.get: "' .. key .. '": ' .. problem, 2) end
        if value == host.null then return nil end
        return copy(value)
      end,
      set = function(key, value)
        check_key(key, ".set")
        if value == nil then value = host.null end
        record({ ["do"] = "store.set", lead = mark, key = key, value = value })
        current[key], is_known[key], added[key] = copy(value), true, nil
      end,
      add = function(key, amount)
        check_key(key, ".add")
        if not math_type(amount) then error(name .. ".add: expected a number, got " .. type(amount), 2) end
        if is_free or is_known[key] then
          local value, problem = look(key)
          local total
          if not problem then total, problem = sum(value, amount) end
          if problem then error(name .. '.add: "' .. key .. '": ' .. problem, 2) end
          record({ ["do"] = "store.add", lead = mark, key = key, amount = amount })
          current[key] = total
        else
          record({ ["do"] = "store.add", lead = mark, key = key, amount = amount })
          added[key] = added[key] or {}
          added[key][#added[key] + 1] = amount
        end
      end,
    }
  end

  host.store = values("host.store", lookup, nil, false)

  host.lead = {
    store = values("host.lead.store", function(key)
      local stored = context("host.lead.store").store
      return stored and stored[key]
    end, true, true),

    set = function(fields)
      expect(fields, "table", "host.lead.set")
      if next(fields) ~= nil then record({ ["do"] = "set", fields = fields }) end
    end,
    agent = function(name)
      expect_text(name, "host.lead.agent")
      record({ ["do"] = "set", agent = name })
    end,
    status = function(status)
      expect_text(status, "host.lead.status")
      if status ~= "open" and status ~= "closed" and status ~= "won" and status ~= "lost" then
        error('host.lead.status: "' .. status .. '" is no status; open, closed, won and lost are', 2)
      end
      record({ ["do"] = "status", to = status })
    end,
    assign = function(map)
      expect_text(map, "host.lead.assign")
      record({ ["do"] = "assign", map = map })
    end,
    complete = function(path)
      expect_text(path, "host.lead.complete")
      record({ ["do"] = "complete", step = path })
    end,
    advance = function() record({ ["do"] = "advance" }) end,
    remove = function(path)
      expect_text(path, "host.lead.remove")
      record({ ["do"] = "remove", step = path })
    end,
  }

  host.bus = {
    emit = function(name, payload)
      expect_text(name, "host.bus.emit")
      if name:sub(1, #plugin + 1) ~= plugin .. "." or not name:find("^[%l%d_]+%.[%l%d_]+$") then
        error('host.bus.emit: "' .. name .. '" must be named ' .. plugin .. ".something, in small letters", 2)
      end
      record({ ["do"] = "emit", event = name, payload = payload })
    end,
  }

  host.note = {
    add = function(text)
      expect_text(text, "host.note.add")
      record({ ["do"] = "note", text = text })
    end,
  }

  host.todo = {
    add = function(todo)
      expect(todo, "table", "host.todo.add")
      expect_text(todo.title, "host.todo.add: title")
      local due = todo.due
      if type(due) == "string" then
        local time, message = host.time.parse(due)
        if not time then error("host.todo.add: due: " .. message, 2) end
      elseif due ~= nil then
        if math_type(due) ~= "integer" then error("host.todo.add: due: expected a time", 2) end
        due = host.time.format(due)
      end
      if todo.agent ~= nil then expect_text(todo.agent, "host.todo.add: agent") end
      for key in pairs(todo) do
        if key ~= "title" and key ~= "due" and key ~= "agent" then
          error("host.todo.add: unknown key " .. tostring(key) .. "; title, due and agent are known", 2)
        end
      end
      record({ ["do"] = "todo", title = todo.title, due = due, agent = todo.agent })
    end,
  }

  host.email = {
    send = function(message)
      expect(message, "table", "host.email.send")
      need("email", "host.email.send")
      expect_text(message.to, "host.email.send: to")
      if not message.to:find("^[^%s@]+@[^%s@]+$") then
        error('host.email.send: to: "' .. message.to .. '" is no email address', 2)
      end
      if message.template == nil and message.subject == nil then
        error("host.email.send: a subject or a template is needed", 2)
      end
      local effect = {}
      for key, value in pairs(message) do effect[key] = value end
      effect["do"] = "email"
      record(effect)
    end,
  }
end

_G.host = host -- luacheck: ignore 122
