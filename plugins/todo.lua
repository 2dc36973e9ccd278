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
          title = host.text.fill(params.title, event.lead.fields, event.lead),
          due = params.due and host.time.add(event.at, params.due),
          agent = params.agent or event.lead.agent,
        }
      end,
    },
  },
}
