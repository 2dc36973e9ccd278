-- A plugin of your own. While `signalbox serve` runs, it is live as soon as it is saved.

---@type signalbox.Plugin
return {
  name = "greeting",
  version = "1.0.0",
  api = 1,
  summary = "Greets a new lead, and chooses what it is offered",

  actions = {
    welcome = {
      summary = "Note the greeting on the lead's record",
      params = {
        greeting = { type = "string", default = "Welcome", summary = "What comes before the name" },
      },
      run = function(event, params)
        host.note.add(params.greeting .. ", " .. (event.lead.fields.name or "whoever you are"))
        host.lead.set { greeted = true }
      end,
    },
  },

  deciders = {
    by_budget = {
      summary = "A visit for a large budget, a brochure for any other",
      params = {
        least = { type = "integer", required = true, summary = "The least budget for a visit" },
      },
      decide = function(event, params)
        -- A form brings texts, a program may bring numbers.
        local budget = tonumber(event.lead.fields.budget) or 0
        if budget >= params.least then
          return { keep = { "visit" }, reason = "the budget is at least " .. params.least }
        end
        return { keep = { "brochure" }, reason = "the budget is below " .. params.least }
      end,
    },
  },
}
