---@type signalbox.Plugin
return {
  name = "pick",
  version = "1.0.0",
  api = 1,
  summary = "Chooses the steps of a flex track by a lead's field",

  deciders = {
    by_field = {
      summary = "Keep the steps listed for the field's value; without such a list, those of `otherwise`",
      params = {
        field = { type = "string", required = true },
        keep = { type = "table", required = true },
        otherwise = { type = "list" },
      },
      ---@param event signalbox.Event
      ---@param params { field: string, keep: table<string, string[]>, otherwise?: string[] }
      ---@return { keep: string[], reason: string }
      decide = function(event, params)
        local value = event.lead.fields[params.field]
        local steps = params.keep[tostring(value)]
        if steps then
          return { keep = steps, reason = params.field .. " is " .. tostring(value) }
        end
        if not params.otherwise then
          error("no steps are listed for " .. params.field .. " " .. tostring(value), 0)
        end
        return { keep = params.otherwise, reason = params.field .. " has no case of its own" }
      end,
    },
  },
}
