--- Under which key it is stored how many leads an agent got.
---@param agent string
---@return string
local function key(agent)
  return "leads/" .. agent
end

--- The agent who got the fewest leads for their weight; of several, the first by name.
---@param weights table<string, number>
---@return string
local function next_agent(weights)
  local names = {}
  for name in pairs(weights) do
    table.insert(names, name)
  end
  table.sort(names)
  local chosen, least
  for _, name in ipairs(names) do
    local share = (host.store.get(key(name)) or 0) / weights[name]
    if not least or share < least then
      chosen, least = name, share
    end
  end
  return chosen
end

---@type signalbox.Plugin
return {
  name = "rota",
  version = "1.0.0",
  api = 1,
  summary = "Gives leads to agents in turn, and reminds them",
  settings = {
    agents = { type = "table", required = true, summary = "Each agent's weight: who has 2 gets twice as many leads" },
  },

  actions = {
    hand_over = {
      summary = "Give the lead to the agent whose turn it is, and put it on a map",
      params = {
        map = { type = "string", required = true },
      },
      ---@param event signalbox.Event
      ---@param params { map: string }
      run = function(event, params)
        if not event.lead.agent then
          local agent = next_agent(host.settings.agents)
          host.store.add(key(agent), 1)
          host.lead.agent(agent)
        end
        host.lead.assign(params.map)
      end,
    },

    remind = {
      summary = "Put a to-do on the lead for its agent. {{name}} is filled in with the field",
      params = {
        title = { type = "string", required = true },
        due = { type = "duration", summary = "How long it may take" },
      },
      ---@param event signalbox.Event
      ---@param params { title: string, due?: integer }
      run = function(event, params)
        host.todo.add {
          title = host.text.fill(params.title, event.lead.fields),
          due = params.due and host.time.add(event.at, params.due),
          agent = event.lead.agent,
        }
      end,
    },
  },
}
