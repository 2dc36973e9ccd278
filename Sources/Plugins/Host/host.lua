-- What plugins see as `host`. Runs first in every image, with the primitives of the sandbox as its argument. All that
-- it keeps is as new at the start of each call. What calls change is in tables of `changing`: else they are slower.
local primitives = ...
local constants = primitives.constants
local record, fail, lookup, show = primitives.record, primitives.fail, primitives.lookup, primitives.show
-- Raises a text with the place of the plugin's own code before it.
local raise = primitives.raise
local null = primitives.null
local plugin, granted = constants.plugin, constants.granted

-- A plugin may change the tables of the library while it loads; not what is kept here. Tables that a plugin
-- hands over are walked by `next`: no metamethod decides what is seen.
local type, ipairs, next, rawget, rawequal, tostring, pcall = type, ipairs, next, rawget, rawequal, tostring, pcall
local math_type, tointeger = math.type, math.tointeger
local find, match, gsub, sub, lower, text_format =
  string.find, string.match, string.gsub, string.sub, string.lower, string.format
local date, time_of, utf8_length, codes = os.date, os.time, utf8.len, utf8.codes

local function is_secret(value) return type(value) == "userdata" and value ~= null end

-- The type of a value, for messages.
local function kind_of(value)
  if is_secret(value) then return "a secret, which only headers and URLs of requests take" end
  return type(value)
end

local function expect(value, kind, name)
  if type(value) ~= kind then
    raise(name .. ": expected a " .. kind .. ", got " .. kind_of(value))
  end
end

local function expect_text(value, name)
  if type(value) ~= "string" or value == "" then
    local got = value == "" and "an empty string" or kind_of(value)
    raise(name .. ": expected a string that is not empty, got " .. got)
  end
end

-- Texts without control characters, line breaks among them.
local function expect_line(value, name)
  expect(value, "string", name)
  if not utf8_length(value) then raise(name .. ": expected valid UTF-8") end
  if find(value, "%c") or find(value, "\xC2[\x80-\x9F]") then
    raise(name .. ": control characters and line breaks are not allowed")
  end
end

-- A text that becomes a name, a key or an id.
local function expect_name(value, name)
  expect_text(value, name)
  if #value > 256 then raise(name .. ": expected at most 256 bytes, got " .. #value) end
  expect_line(value, name)
end

local host = {
  null = null,
  list = function(items)
    if items == nil then items = {} end
    expect(items, "table", "host.list")
    return primitives.list(items)
  end,
  settings = constants.settings,
  json = { encode = primitives.json_encode, decode = primitives.json_decode },
  random = math.random,
}

local function need(capability, name)
  if not granted[capability] then
    fail("capability", name .. ' needs the capability "' .. capability
      .. '", which ' .. plugin .. " does not declare in `needs` or was not granted")
  end
end

-- What the engine knows beside the event: `now`, and the plugin's values for the lead as `store`.
local kept = primitives.changing()
local function context(name)
  kept.context = kept.context or primitives.context()
  if type(kept.context) ~= "table" then raise(name .. ": not available while the plugin is loaded") end
  return kept.context
end

-- Logging ---------------------------------------------------------------------------------------

host.log = {}
for _, level in ipairs({ "debug", "info", "warn", "error" }) do
  local name = "host.log." .. level
  host.log[level] = function(message, fields)
    if is_secret(message) then raise(name .. ": expected a message, got " .. kind_of(message)) end
    if fields ~= nil then expect(fields, "table", name .. ": fields") end
    primitives.log(level, show(message), fields, name)
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
  local minus, rest = match(value, "^%s*(%-?)(.-)%s*$")
  local total = 0
  repeat
    local number, unit, tail = match(rest, "^%s*(%d+)%s*(%l+)(.*)$")
    local count = number and tointeger(number)
    if not count or not units[unit] or count > (1 << 53) // units[unit] then
      raise(name .. ': "' .. value .. '" is not a duration such as "2 days" or "1h 30m"')
    end
    total, rest = total + count * units[unit], tail
  until rest == "" or total > 1 << 53
  if total > 1 << 53 then raise(name .. ': "' .. value .. '" is too long') end
  return minus == "-" and -total or total
end

-- The milliseconds of the beginning of a day, and the day itself: the 30th of February is the 1st or 2nd of March.
local function day_begin(year, month, day)
  local date_of_day = { year = year, month = month, day = day, hour = 0 }
  return time_of(date_of_day) * 1000, date_of_day
end

-- The years that can be written and read again.
local last_year = 999999
local first_time = day_begin(-last_year, 1, 1)
local last_time = day_begin(last_year + 1, 1, 1) - 1

host.time = {
  now = function() return context("host.time.now").now end,

  add = function(time, amount)
    if math_type(time) ~= "integer" then raise("host.time.add: expected milliseconds as an integer") end
    local added = duration(amount, "host.time.add")
    local sum = time + added
    if (added < 0) ~= (sum < time) then raise("host.time.add: the time is too far away") end
    return sum
  end,

  format = function(time, pattern)
    if math_type(time) ~= "integer" then raise("host.time.format: expected milliseconds as an integer") end
    if time < first_time or time > last_time then raise("host.time.format: the time is too far away") end
    if pattern ~= nil then
      expect(pattern, "string", "host.time.format: pattern")
      local done, text = pcall(date, "!" .. pattern, time // 1000)
      if not done then
        raise('host.time.format: pattern: "' .. pattern .. '" has a conversion that is not known')
      end
      return text
    end
    local text = date("!%Y-%m-%dT%H:%M:%S", time // 1000)
    local rest = time % 1000
    if rest ~= 0 then text = text .. ("." .. text_format("%03d", rest)) end
    return text .. "Z"
  end,

  parse = function(text)
    expect(text, "string", "host.time.parse")
    local year, month, day, rest = match(text, "^([+-]?%d%d%d%d%d?%d?)%-(%d%d)%-(%d%d)(.*)$")
    if not year then return nil, "not a date such as 2026-11-22 or 2026-11-22T09:00:00Z" end
    local minutes, seconds, fraction, zone = 0, 0, "", "Z"
    if rest ~= "" then
      local hour, minute, second
      hour, minute, second, fraction, zone = match(rest, "^[T ](%d%d):(%d%d):?(%d?%d?)%.?(%d*)(.*)$")
      if not hour then return nil, "not a time such as 09:00:00Z" end
      minutes, seconds = hour * 60 + minute, second == "" and 0 or second // 1
      if hour // 1 > 23 or minute // 1 > 59 or seconds > 59 then return nil, "not a time of day" end
    end
    local sign, hours, more = match(zone, "^([+-])(%d%d):?(%d%d)$")
    if sign then
      minutes = minutes - (sign == "+" and 1 or -1) * (hours * 60 + more)
    elseif zone ~= "Z" and zone ~= "" then
      return nil, "expected Z or an offset such as +02:00 at the end"
    end
    local begin, found = day_begin(year // 1, month // 1, day // 1)
    if found.month ~= month // 1 or found.day ~= day // 1 then return nil, "the calendar does not have this day" end
    local milliseconds = sub(fraction .. "000", 1, 3) // 1
    return begin + minutes * 60000 + seconds * 1000 + milliseconds
  end,
}

-- Texts -----------------------------------------------------------------------------------------

host.text = {
  -- What `values` lacks is looked for in `others`.
  fill = function(template, values, others)
    expect(template, "string", "host.text.fill: template")
    expect(values, "table", "host.text.fill: values")
    if others ~= nil then expect(others, "table", "host.text.fill: others") end
    return (gsub(template, "{{%s*(.-)%s*}}", function(name)
      local value = values[name]
      if value == nil and others then value = others[name] end
      if is_secret(value) then
        raise('host.text.fill: "' .. name .. '" is ' .. kind_of(value) .. "; join it with `..`")
      end
      local kind = type(value)
      if kind ~= "string" and kind ~= "number" and kind ~= "boolean" then
        raise('host.text.fill: there is no text for "' .. name .. '"')
      end
      return tostring(value)
    end))
  end,
}

-- Effects ---------------------------------------------------------------------------------------
-- Only a plugin has them; the conditions of maps see what is above.

if plugin then
  local format_time, parse_time = host.time.format, host.time.parse

  local function copy(value)
    if type(value) ~= "table" then return value end
    local twin = {}
    for key, inner in next, value do twin[key] = copy(inner) end
    return next(value) == nil and value or twin
  end

  local function shown(value)
    if type(value) == "string" then return '"' .. sub(value, 1, 40) .. '"' end
    return type(value) == "table" and "a table" or tostring(value)
  end

  -- What is there and the amount together, or nil and why they have no sum that can be kept.
  local function sum(value, amount)
    if value == nil or value == null then return amount end
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
  -- reading is free; the sums of what is not known are checked when the value is read, or at the end
  -- of the instant.
  local function values(name, read, mark, is_free)
    local current, is_known, added = primitives.changing(), primitives.changing(), primitives.changing()

    -- The value, or nil and what is wrong with the sums.
    local function look(key, asker)
      if not is_known[key] then
        local value = read(key, asker)
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
        expect_name(key, name .. ".get: key")
        local value, problem = look(key, name .. ".get")
        if problem then raise(name .. '.get: "' .. key .. '": ' .. problem) end
        if value == null then return nil end
        return copy(value)
      end,
      set = function(key, value)
        expect_name(key, name .. ".set: key")
        if value == nil then value = null end
        record({ ["do"] = "store.set", lead = mark, key = key, value = value }, name .. ".set")
        current[key], is_known[key], added[key] = copy(value), true, nil
      end,
      add = function(key, amount)
        expect_name(key, name .. ".add: key")
        if not math_type(amount) then raise(name .. ".add: expected a number, got " .. kind_of(amount)) end
        local total, problem
        local is_seen = is_free or is_known[key]
        if is_seen then
          total, problem = look(key, name .. ".add")
          if not problem then total, problem = sum(total, amount) end
          if problem then raise(name .. '.add: "' .. key .. '": ' .. problem) end
        end
        record({ ["do"] = "store.add", lead = mark, key = key, amount = amount }, name .. ".add")
        if is_seen then
          current[key] = total
        else
          added[key] = added[key] or {}
          added[key][#added[key] + 1] = amount
        end
      end,
    }
  end

  host.store = values("host.store", lookup, nil, false)

  -- Lua drops what a function does not take.
  local function surplus(name, hint)
    raise(name .. " got one argument too many" .. (hint or ""))
  end

  host.lead = {
    store = values("host.lead.store", function(key)
      local stored = context("host.lead.store").store
      return stored and stored[key]
    end, true, true),

    set = function(fields, extra)
      if rawequal(fields, host.lead) then raise("host.lead.set: called with a colon; write host.lead.set { … }") end
      if extra ~= nil then surplus("host.lead.set", "; write host.lead.set { name = value }") end
      expect(fields, "table", "host.lead.set")
      if next(fields) ~= nil then record({ ["do"] = "set", fields = fields }, "host.lead.set") end
    end,
    agent = function(name, extra)
      if extra ~= nil then surplus("host.lead.agent") end
      expect_name(name, "host.lead.agent")
      record({ ["do"] = "set", agent = name }, "host.lead.agent")
    end,
    status = function(status, extra)
      if extra ~= nil then surplus("host.lead.status") end
      expect_text(status, "host.lead.status")
      if status ~= "open" and status ~= "closed" and status ~= "won" and status ~= "lost" then
        raise('host.lead.status: "' .. status .. '" is not a status; expected open, closed, won or lost')
      end
      record({ ["do"] = "status", to = status }, "host.lead.status")
    end,
    assign = function(map, extra)
      if extra ~= nil then surplus("host.lead.assign") end
      expect_name(map, "host.lead.assign")
      record({ ["do"] = "assign", map = map }, "host.lead.assign")
    end,
    complete = function(path, extra)
      if extra ~= nil then surplus("host.lead.complete") end
      expect_name(path, "host.lead.complete")
      record({ ["do"] = "complete", step = path }, "host.lead.complete")
    end,
    advance = function() record({ ["do"] = "advance" }, "host.lead.advance") end,
    remove = function(path, extra)
      if extra ~= nil then surplus("host.lead.remove") end
      expect_name(path, "host.lead.remove")
      record({ ["do"] = "remove", step = path }, "host.lead.remove")
    end,
  }

  host.bus = {
    emit = function(name, payload)
      expect_name(name, "host.bus.emit")
      if sub(name, 1, #plugin + 1) ~= plugin .. "." or not find(name, "^[%l%d_]+%.[%l%d_]+$") then
        raise('host.bus.emit: "' .. name .. '" must be named ' .. plugin .. ".something, in lower case")
      end
      record({ ["do"] = "emit", event = name, payload = payload }, "host.bus.emit")
    end,
  }

  host.note = {
    add = function(text, extra)
      if extra ~= nil then surplus("host.note.add", "; join texts with `..`") end
      expect_text(text, "host.note.add")
      record({ ["do"] = "note", text = text }, "host.note.add")
    end,
  }

  host.todo = {
    add = function(todo)
      expect(todo, "table", "host.todo.add")
      local title, due, agent = rawget(todo, "title"), rawget(todo, "due"), rawget(todo, "agent")
      expect_text(title, "host.todo.add: title")
      if type(due) == "string" then
        local time, message = parse_time(due)
        if not time then raise("host.todo.add: due: " .. message) end
      elseif due ~= nil then
        if math_type(due) ~= "integer" then raise("host.todo.add: due: expected a time") end
        if due < first_time or due > last_time then raise("host.todo.add: due: the time is too far away") end
        due = format_time(due)
      end
      if agent ~= nil then expect_name(agent, "host.todo.add: agent") end
      for key in next, todo do
        if key ~= "title" and key ~= "due" and key ~= "agent" then
          raise("host.todo.add: unknown key " .. tostring(key) .. "; expected title, due or agent")
        end
      end
      record({ ["do"] = "todo", title = title, due = due, agent = agent }, "host.todo.add")
    end,
  }

  host.email = {
    send = function(message)
      expect(message, "table", "host.email.send")
      need("email", "host.email.send")
    end,
  }

  host.webhook = {
    send = function(endpoint, payload)
      expect_name(endpoint, "host.webhook.send: endpoint")
      need("webhook", "host.webhook.send")
      record({ ["do"] = "webhook", endpoint = endpoint, payload = payload }, "host.webhook.send")
    end,
  }
end

if plugin and granted.email then
  -- The forms of mail are those of MailForm in Swift, which looks again at what was recorded.

  -- What the mail itself sets, in lower case; `content-` and what follows it too.
  local reserved =
    " from sender reply-to to cc bcc subject date message-id mime-version return-path received "

  local function is_space_or_control(code)
    return code <= 0x20 or code >= 0x7F and code <= 0xA0 or code == 0x1680 or code >= 0x2000 and code <= 0x200A
      or code == 0x2028 or code == 0x2029 or code == 0x202F or code == 0x205F or code == 0x3000
  end

  local function is_address(text)
    if type(text) ~= "string" or #text > 254 or not utf8_length(text) then return false end
    for _, code in codes(text) do
      if is_space_or_control(code) then return false end
    end
    local name, domain = match(text, "^([^@]+)@([^@]+)$")
    if not name or find(name .. domain, '[,;:<>(){}%[%]"\\]') then return false end
    return not find("." .. domain .. ".", "..", 1, true)
  end

  -- One address or a list of them.
  local function expect_addresses(value, name, is_inner)
    if type(value) ~= "table" or is_inner then
      if is_address(value) then return end
      if is_secret(value) then expect(value, "string", name) end
      local shown = type(value) == "string" and '"' .. value .. '"' or "a " .. type(value)
      raise(name .. ": " .. shown .. " is not an email address")
    end
    if next(value) == nil then raise(name .. ": the list of addresses is empty") end
    for key, address in next, value do
      if math_type(key) ~= "integer" then raise(name .. ": expected one address or a list") end
      expect_addresses(address, name, true)
    end
  end

  local function expect_headers(headers, name)
    expect(headers, "table", name)
    local seen = {}
    for header, value in next, headers do
      if type(header) ~= "string" or not find(header, "^[!-9;-~]+$") or #header > 76 then
        raise(name .. ': "' .. tostring(header) .. "\" is not a header's name")
      end
      local small = lower(header)
      if find(reserved, " " .. small .. " ", 1, true) or find(small, "^content%-") then
        raise(name .. ": the header " .. header .. " is set by the mail itself")
      end
      if seen[small] then raise(name .. ": the header " .. header .. " appears twice") end
      seen[small] = true
      expect_line(value, name .. ": " .. header)
    end
  end

  local function expect_part(key, value)
    local name = "host.email.send: " .. tostring(key)
    if key == "to" or key == "cc" or key == "bcc" or key == "reply_to" then
      expect_addresses(value, name)
    elseif key == "subject" then
      expect_line(value, name)
    elseif key == "text" or key == "html" then
      expect(value, "string", name)
    elseif key == "template" then
      expect_name(value, name)
    elseif key == "values" then
      expect(value, "table", name)
    elseif key == "headers" then
      expect_headers(value, name)
    else
      raise("host.email.send: unknown key " .. tostring(key)
        .. "; expected to, cc, bcc, reply_to, subject, text, html, template, values or headers")
    end
  end

  host.email.send = function(message)
    expect(message, "table", "host.email.send")
    local effect = {}
    for key, value in next, message do
      expect_part(key, value)
      effect[key] = value
    end
    if effect.to == nil and effect.cc == nil and effect.bcc == nil then
      raise("host.email.send: to: expected an address or a list of addresses, got nil")
    end
    if effect.template == nil and effect.subject == nil then
      raise("host.email.send: a subject or a template is required")
    end
    effect["do"] = "email"
    record(effect, "host.email.send")
  end
end

_G.host = host -- luacheck: ignore 122
