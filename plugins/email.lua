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

---@type signalbox.Plugin
return {
  name = "email",
  version = "1.1.0",
  api = 1,
  summary = "Sends mail to a lead",
  needs = { "email" },

  actions = {
    send = {
      summary = "Send a mail, to the lead's field `email` unless `to` says otherwise; {{name}} stands for a field, "
        .. "and for the lead's id, agent or channel",
      params = {
        to = { type = "string", format = "email", filled = true },
        subject = { type = "string" },
        text = { type = "string" },
        template = { type = "template" },
      },
      ---@param event signalbox.Event
      ---@param params { to?: string, subject?: string, text?: string, template?: string }
      run = function(event, params)
        local values = words(event.lead)
        local to = params.to and host.text.fill(params.to, values) or values.email
        if not to then
          error("the lead has no field email, and the trigger gives no address", 0)
        end
        host.email.send {
          to = to,
          subject = params.subject and host.text.fill(params.subject, values),
          text = params.text and host.text.fill(params.text, values),
          template = params.template,
        }
      end,
    },
  },
}
