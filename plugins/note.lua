---@type signalbox.Plugin
return {
  name = "note",
  version = "1.1.0",
  api = 1,
  summary = "Writes notes on a lead's record",

  actions = {
    add = {
      summary = "Add a note. {{name}} is filled in with the field, or with the lead's id, agent or channel",
      params = {
        text = { type = "string", required = true },
      },
      ---@param event signalbox.Event
      ---@param params { text: string }
      run = function(event, params)
        host.note.add(host.text.fill(params.text, event.lead.fields, event.lead))
      end,
    },
  },
}
