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
  name = "note",
  version = "1.1.0",
  api = 1,
  summary = "Writes notes on a lead's record",

  actions = {
    add = {
      summary = "Add a note; {{name}} stands for a field, and for the lead's id, agent or channel",
      params = {
        text = { type = "string", required = true },
      },
      ---@param event signalbox.Event
      ---@param params { text: string }
      run = function(event, params)
        host.note.add(host.text.fill(params.text, words(event.lead)))
      end,
    },
  },
}
