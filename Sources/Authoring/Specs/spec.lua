-- What a spec sees beside the pure helpers of `host` and `expect`: describe, it, before_each and test. What needs
-- plugins or the engine is asked of the program that runs the spec.
local primitives = ...
local raise = primitives.raise
local spec = primitives.spec
local ask, give_up, give_up_on, differences_of = spec.ask, spec.give_up, spec.give_up_on, spec.differences_of
local strict, suggestion, shown, is_table = spec.strict, spec.suggestion, spec.shown, spec.is_table
local check_keys, check_type = spec.check_keys, spec.check_type

local type, pairs, ipairs, next, tostring, tonumber, pcall, rawget, rawequal, getmetatable, setmetatable =
  type, pairs, ipairs, next, tostring, tonumber, pcall, rawget, rawequal, getmetatable, setmetatable
local match, insert, math_type = string.match, table.insert, math.type

-- Leads that are walked --------------------------------------------------------------------------

local command_keys = { by = true, at = true }
local set_keys = { by = true, at = true, agent = true, channel = true }
local rerun_keys = { by = true, at = true, now = true, again = true }
local assign_keys = { by = true, at = true, fields = true, agent = true, channel = true }

-- Fails the test where a command left incidents that the lead is not said to have.
local function check_incidents(lead, moment, asker)
  if rawget(lead, "allows_incidents") then return end
  local first = moment.incidents[1]
  if not first then return end
  local what = first.run and first.run .. " (" .. first.trigger .. "): " or ""
  give_up(asker .. ": an incident: " .. what .. first.reason .. ": " .. first.message,
    { incidents = moment.incidents })
end

local function check_options(options, known, asker)
  if options == nil then return end
  check_type(options, "table", asker)
  check_keys(options, known, asker)
end

local function command(lead, asker, order, options, known)
  check_options(options, known or command_keys, asker)
  local moment = ask("command",
    { lead = lead.id, order = order, by = options and options.by, at = options and options.at }, asker)
  lead.moments[#lead.moments + 1] = moment
  lead.first = {}
  check_incidents(lead, moment, asker)
  return moment
end

-- What the lead was given before its first command, with what that command brings.
local function brought(lead, given)
  local first = rawget(lead, "first")
  local fields = first.fields
  if given and given.fields ~= nil then
    check_type(given.fields, "table", "fields")
    fields = {}
    for name, value in pairs(first.fields or {}) do fields[name] = value end
    for name, value in pairs(given.fields) do fields[name] = value end
  end
  return fields, given and given.agent or first.agent, given and given.channel or first.channel
end

local function check_place(value, what, asker)
  if type(value) ~= "string" then raise(asker .. ": expected " .. what .. ", got " .. type(value)) end
end

-- The number of the lead's incident, from its place among the lead's.
local function incident_number(lead, place, asker)
  local count = 0
  for _, moment in ipairs(lead.moments) do
    for _, incident in ipairs(moment.incidents) do
      count = count + 1
      if count == place then return incident.incident end
    end
  end
  raise(asker .. ": expected the place of an incident among the lead's " .. count .. ", got " .. shown(place))
end

local orders = {
  assign = function(lead, map, options)
    local asker = "lead:assign"
    check_place(map, "the id of a map", asker)
    check_options(options, assign_keys, asker)
    local fields, agent, channel = brought(lead, options)
    return command(lead, asker,
      { ["do"] = "assign", map = map, fields = fields, agent = agent, channel = channel }, options, assign_keys)
  end,
  complete = function(lead, path, options)
    check_place(path, "a step as track/step", "lead:complete")
    return command(lead, "lead:complete", { ["do"] = "complete", step = path }, options)
  end,
  advance = function(lead, options)
    return command(lead, "lead:advance", { ["do"] = "advance" }, options)
  end,
  remove = function(lead, path, options)
    check_place(path, "a step as track/step", "lead:remove")
    return command(lead, "lead:remove", { ["do"] = "remove", step = path }, options)
  end,
  status = function(lead, status, options)
    if status == nil then return ask("look", { lead = lead.id }, "lead:status").status end
    check_place(status, "a status", "lead:status")
    return command(lead, "lead:status", { ["do"] = "status", to = status }, options)
  end,
  set = function(lead, fields, options)
    local asker = "lead:set"
    check_type(fields, "table", asker)
    check_options(options, set_keys, asker)
    local given = { fields = fields, agent = options and options.agent, channel = options and options.channel }
    local all, agent, channel = brought(lead, given)
    return command(lead, asker, { ["do"] = "set", fields = all, agent = agent, channel = channel }, options, set_keys)
  end,
  retry = function(lead, options) return command(lead, "lead:retry", { ["do"] = "retry" }, options) end,
  rerun = function(lead, place, options)
    local asker = "lead:rerun"
    check_options(options, rerun_keys, asker)
    local number = incident_number(lead, place, asker)
    local order = { ["do"] = "rerun", incident = number }
    if options then order.now, order.again = options.now, options.again end
    return command(lead, asker, order, options, rerun_keys)
  end,
  todo_done = function(lead, number, options)
    local asker = "lead:todo_done"
    if math_type(number) ~= "integer" then
      raise(asker .. ": expected the number of a to-do of the lead, got " .. shown(number))
    end
    return command(lead, asker, { ["do"] = "todo.done", todo = number }, options)
  end,
}

local parts = { fields = true, agent = true, channel = true, journey = true, open = true, notes = true, todos = true }
local members = { id = true, moments = true }
for name in pairs(orders) do members[name] = true end
for name in pairs(parts) do members[name] = true end

local lead_meta = {
  __index = function(lead, name)
    if orders[name] then return orders[name] end
    if parts[name] then
      local first = rawget(lead, "first")
      -- What it is to bring, until it is on a map.
      if first[name] ~= nil then return first[name] end
      return ask("look", { lead = rawget(lead, "id") }, "lead." .. name)[name]
    end
    raise('a lead has no "' .. tostring(name) .. '"' .. suggestion(name, members))
  end,
}

-- What `order` is called with must be a lead: `lead.complete("qualify/call")` lacks its colon.
for name, order in pairs(orders) do
  orders[name] = function(lead, ...)
    if not is_table(lead) or not rawequal(getmetatable(lead), lead_meta) then
      raise("lead." .. name .. ": write a colon: lead:" .. name .. "(...)")
    end
    return order(lead, ...)
  end
end

-- test -------------------------------------------------------------------------------------------

local lead_keys = { id = true, fields = true, agent = true, channel = true, incidents = true }
local run_keys = {
  lead = true, params = true, event = true, at = true, steps = true, settings = true, store = true,
}
-- What the spec puts over the files of the workspace.
local files = {}
-- How many leads the test has made.
local lead_count = 0

local function give_files() ask("files", { files = files }, "test.file") end

local test = strict({
  run = function(name, options)
    local asker = "test.run"
    check_type(name, "string", asker)
    check_options(options, run_keys, asker)
    return ask("run", { name = name, options = options or {} }, asker)
  end,

  same = function(expected, actual)
    local differences = differences_of(expected, actual, false)
    if differences.count > 0 then give_up_on(differences) end
  end,

  lead = function(options)
    options = options or {}
    check_type(options, "table", "test.lead")
    check_keys(options, lead_keys, "test.lead")
    lead_count = lead_count + 1
    local id = options.id or "L" .. lead_count
    check_type(id, "string", "test.lead: id")
    if options.fields ~= nil then check_type(options.fields, "table", "test.lead: fields") end
    ask("lead", { lead = id }, "test.lead")
    return setmetatable({
      id = id, moments = {}, allows_incidents = options.incidents,
      first = { fields = options.fields, agent = options.agent, channel = options.channel },
    }, lead_meta)
  end,

  store = function(plugin, values)
    check_type(plugin, "string", "test.store: plugin")
    check_type(values, "table", "test.store: values")
    ask("store", { plugin = plugin, values = values }, "test.store")
  end,

  wait = function(amount) return ask("wait", { till = host.time.add(host.time.now(), amount) }, "test.wait") end,

  file = function(path, text)
    check_type(path, "string", "test.file: path")
    check_type(text, "string", "test.file: text")
    files[path] = text
    if spec.is_running then give_files() end
  end,
}, "test")

-- The time of the test's clock, which `test.wait` moves.
-- luacheck: ignore 122
host.time.now = function() return ask("now", {}, "host.time.now") end

-- describe, it, before_each ----------------------------------------------------------------------

local group = { before = {} }
local tests = {}

local function check_form(name, body, asker)
  if spec.is_running then raise(asker .. ": a test is running; write it outside of `it`") end
  if type(name) ~= "string" or name == "" then raise(asker .. ": expected a name, got " .. type(name)) end
  check_type(body, "function", asker)
end

local function describe(name, body)
  check_form(name, body, "describe")
  group = { name = name, before = {}, outer = group }
  body()
  group = group.outer
end

local function it(name, body)
  check_form(name, body, "it")
  local _, place = pcall(raise, "")
  local names, outer = {}, group
  while outer.name do
    insert(names, 1, outer.name)
    outer = outer.outer
  end
  tests[#tests + 1] = {
    name = name, groups = names, line = tonumber(match(place, ":(%d+): $")) or 0, group = group, body = body,
  }
end

local function before_each(body)
  check_form("before_each", body, "before_each")
  group.before[#group.before + 1] = body
end

local function prepare(outermost)
  if outermost.outer then prepare(outermost.outer) end
  for _, body in ipairs(outermost.before) do body() end
end

-- What the program that runs the spec is given once the file has run.
local function finish()
  local listed = {}
  for index, one in ipairs(tests) do
    listed[index] = { name = one.name, groups = primitives.list(one.groups), line = one.line }
  end
  return {
    tests = primitives.list(listed),
    run = function(index)
      spec.is_running = true
      if next(files) then give_files() end
      prepare(tests[index].group)
      tests[index].body()
    end,
  }
end

-- luacheck: push ignore 122 143
_G.describe, _G.it, _G.before_each, _G.test = describe, it, before_each, test
_G.finish_spec = finish
setmetatable(_G, {
  __index = function(_, name)
    raise('there is no global "' .. tostring(name) .. '"' .. suggestion(name, _G))
  end,
})
-- luacheck: pop
