---@type signalbox.Plugin
return {
  name = "lead",
  version = "1.0.0",
  api = 1,
  summary = "Ends a lead's journey, sends it to another map, gives it an agent",

  actions = {
    win = {
      summary = "Close the lead as won",
      run = function()
        host.lead.status("won")
      end,
    },

    lose = {
      summary = "Close the lead as lost",
      run = function()
        host.lead.status("lost")
      end,
    },

    close = {
      summary = "Close the lead, neither won nor lost",
      run = function()
        host.lead.status("closed")
      end,
    },

    move = {
      summary = "Assign the lead to another map",
      params = {
        map = { type = "string", required = true },
      },
      ---@param params { map: string }
      run = function(_, params)
        host.lead.assign(params.map)
      end,
    },

    agent = {
      summary = "Give the lead an agent",
      params = {
        name = { type = "string", required = true },
      },
      ---@param params { name: string }
      run = function(_, params)
        host.lead.agent(params.name)
      end,
    },
  },
}
