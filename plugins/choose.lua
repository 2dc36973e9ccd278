-- An action cannot run another plugin's action. So a case here is a table of the plain effects below, and
-- where these are not enough it emits `choose.NAME`, an event that any plugin may subscribe to.

---@alias choose.Case { set?: table, note?: string, email?: table, status?: string, emit?: string }

--- What a case may hold. They take effect in the order of `kinds`, however the map writes them.
local kinds = { "set", "note", "email", "status", "emit" }

--- What {{name}} may stand for: the lead's fields, and where it has no such field its id, agent or channel.
---@param lead signalbox.Lead
---@return table<string, any>
local function words(lead)
  local found = { id = lead.id, agent = lead.agent, channel = lead.channel }
  for name, value in pairs(lead.fields) do
    found[name] = value
  end
  return found
end

---@type table<string, fun(given: any, values: table, value: any)>
local effects = {
  set = function(fields)
    host.lead.set(fields)
  end,

  note = function(text, values)
    host.note.add(host.text.fill(text, values))
  end,

  email = function(mail, values)
    local to = mail.to and host.text.fill(mail.to, values) or values.email
    if not to then
      error("the lead has no field email, and the case gives no address", 0)
    end
    host.email.send {
      to = to,
      subject = mail.subject and host.text.fill(mail.subject, values),
      text = mail.text and host.text.fill(mail.text, values),
      template = mail.template,
    }
  end,

  status = function(status)
    host.lead.status(status)
  end,

  emit = function(name, _, value)
    host.bus.emit("choose." .. name, { value = value })
  end,
}

---@type signalbox.Plugin
return {
  name = "choose",
  version = "1.1.0",
  api = 1,
  summary = "Runs one of several effects, chosen by a lead's field",
  needs = { "email" },

  actions = {
    by_field = {
      summary = "Run the case that is named like the field's value; without one, `otherwise`; without that, nothing",
      params = {
        field = { type = "string", required = true },
        cases = { type = "table", required = true },
        otherwise = { type = "table" },
      },
      ---@param event signalbox.Event
      ---@param params { field: string, cases: table<string, choose.Case>, otherwise?: choose.Case }
      run = function(event, params)
        local values = words(event.lead)
        local value = event.lead.fields[params.field]
        local case = params.cases[tostring(value)] or params.otherwise or {}
        for kind in pairs(case) do
          if not effects[kind] then
            error("a case may hold " .. table.concat(kinds, ", ") .. ", not " .. tostring(kind), 0)
          end
        end
        for _, kind in ipairs(kinds) do
          if case[kind] ~= nil then
            effects[kind](case[kind], values, value)
          end
        end
      end,
    },
  },
}
