---@type signalbox.Plugin
return {
  name = "email",
  version = "1.0.0",
  api = 1,
  summary = "Sends mail to a lead",
  needs = { "email" },

  actions = {
    send = {
      summary = "Send a mail, to the lead's field `email` unless `to` says otherwise; {{name}} stands for a field",
      params = {
        to = { type = "string", format = "email" },
        subject = { type = "string" },
        text = { type = "string" },
        template = { type = "string" },
      },
      ---@param event signalbox.Event
      ---@param params { to?: string, subject?: string, text?: string, template?: string }
      run = function(event, params)
        local fields = event.lead.fields
        local to = params.to or fields.email
        if not to then
          error("the lead has no field email, and the trigger gives no address", 0)
        end
        host.email.send {
          to = to,
          subject = params.subject and host.text.fill(params.subject, fields),
          text = params.text and host.text.fill(params.text, fields),
          template = params.template,
        }
      end,
    },
  },
}
