-- An action cannot run another plugin's action. So a case here is a table of the plain effects below, and
-- where these are not enough it emits `choose.NAME`, an event that any plugin may subscribe to.

---@alias choose.Case { set?: table, note?: string, email?: table, status?: string, emit?: string }

--- What a case may hold. They take effect in the order of `kinds`, however the map writes them.
local kinds = { "set", "note", "email", "status", "emit" }

---@type table<string, fun(given: any, lead: signalbox.Lead, value: any)>
local effects = {
  set = function(fields)
    host.lead.set(fields)
  end,

  note = function(text, lead)
    host.note.add(host.text.fill(text, lead.fields, lead))
  end,

  email = function(mail, lead)
    local to = mail.to and host.text.fill(mail.to, lead.fields, lead) or lead.fields.email
    if not to then
      error("the lead has no field email, and the case gives no address", 0)
    end
    host.email.send {
      to = to,
      subject = mail.subject and host.text.fill(mail.subject, lead.fields, lead),
      text = mail.text and host.text.fill(mail.text, lead.fields, lead),
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
        local value = event.lead.fields[params.field]
        local case = params.cases[tostring(value)] or params.otherwise or {}
        for kind in pairs(case) do
          if not effects[kind] then
            error("a case may hold " .. table.concat(kinds, ", ") .. ", not " .. tostring(kind), 0)
          end
        end
        for _, kind in ipairs(kinds) do
          if case[kind] ~= nil then
            effects[kind](case[kind], event.lead, value)
          end
        end
      end,
    },
  },
}
