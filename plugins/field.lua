---@type signalbox.Plugin
return {
  name = "field",
  version = "1.0.0",
  api = 1,
  summary = "Sets, clears and copies a lead's fields",

  actions = {
    set = {
      summary = "Set the fields that are given, name by name",
      params = {
        fields = { type = "table", required = true },
      },
      ---@param params { fields: table<string, any> }
      run = function(_, params)
        host.lead.set(params.fields)
      end,
    },

    clear = {
      summary = "Clear the fields that are listed",
      params = {
        fields = { type = "list", required = true },
      },
      ---@param params { fields: string[] }
      run = function(_, params)
        local cleared = {}
        for _, name in ipairs(params.fields) do
          cleared[name] = host.null
        end
        host.lead.set(cleared)
      end,
    },

    copy = {
      summary = "Copy one field to another; what is missing clears the other",
      params = {
        from = { type = "string", required = true },
        to = { type = "string", required = true },
      },
      ---@param event signalbox.Event
      ---@param params { from: string, to: string }
      run = function(event, params)
        local value = event.lead.fields[params.from]
        if value == nil then
          value = host.null
        end
        host.lead.set { [params.to] = value }
      end,
    },
  },
}
