---@type signalbox.Plugin
return {
  name = "email",
  version = "1.2.0",
  api = 1,
  summary = "Sends mail to a lead",
  needs = { "email" },

  actions = {
    send = {
      summary = "Send a mail, to the lead's field `email` unless `to` says otherwise. {{name}} is filled in with the "
        .. "field, or with the lead's id, agent or channel, in a template too",
      params = {
        to = { type = "string", format = "email", filled = true },
        subject = { type = "string" },
        text = { type = "string" },
        template = { type = "template" },
      },
      ---@param event signalbox.Event
      ---@param params { to?: string, subject?: string, text?: string, template?: string }
      run = function(event, params)
        local lead = event.lead
        local to = params.to and host.text.fill(params.to, lead.fields, lead) or lead.fields.email
        if not to then
          error("the lead has no field email, and the trigger gives no address", 0)
        end
        local values
        if params.template then
          values = { id = lead.id, agent = lead.agent, channel = lead.channel }
          for name, value in pairs(lead.fields) do
            values[name] = value
          end
        end
        host.email.send {
          to = to,
          subject = params.subject and host.text.fill(params.subject, lead.fields, lead),
          text = params.text and host.text.fill(params.text, lead.fields, lead),
          template = params.template,
          values = values,
        }
      end,
    },
  },
}
