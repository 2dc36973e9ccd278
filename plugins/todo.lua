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
  name = "todo",
  version = "1.1.0",
  api = 1,
  summary = "Puts to-dos on a lead's record",

  actions = {
    add = {
      summary = "Add a to-do, for the lead's agent unless `agent` says otherwise, due `due` after the event",
      params = {
        title = { type = "string", required = true },
        due = { type = "duration" },
        agent = { type = "string" },
      },
      ---@param event signalbox.Event
      ---@param params { title: string, due?: string, agent?: string }
      run = function(event, params)
        host.todo.add {
          title = host.text.fill(params.title, words(event.lead)),
          due = params.due and host.time.add(event.at, params.due),
          agent = params.agent or event.lead.agent,
        }
      end,
    },
  },
}
