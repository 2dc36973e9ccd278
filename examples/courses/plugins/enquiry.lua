---@type signalbox.Plugin
return {
  name = "enquiry",
  version = "1.0.0",
  api = 1,
  summary = "What is special about enquiries for courses",
  needs = { "email" },
  settings = {
    relay = { type = "string", required = true },
  },

  actions = {
    clean = {
      summary = "Clear the listed fields that say `Select`: the form's own word for no answer",
      params = {
        fields = { type = "list", required = true },
      },
      ---@param event signalbox.Event
      ---@param params { fields: string[] }
      run = function(event, params)
        local cleared = {}
        for _, name in ipairs(params.fields) do
          if event.lead.fields[name] == "Select" then
            cleared[name] = host.null
          end
        end
        if next(cleared) then
          host.lead.set(cleared)
        end
      end,
    },

    mail = {
      summary = "Mail the lead through the relay, which knows the address that belongs to an id",
      params = {
        subject = { type = "string", required = true },
      },
      ---@param event signalbox.Event
      ---@param params { subject: string }
      run = function(event, params)
        host.email.send {
          to = event.lead.id .. "@" .. host.settings.relay,
          subject = host.text.fill(params.subject, event.lead.fields),
        }
      end,
    },
  },

  deciders = {
    by_interest = {
      summary = "The syllabus for management, the brochure for the rest; a call for who stayed `warm` seconds",
      params = {
        warm = { type = "number", default = 600 },
      },
      ---@param event signalbox.Event
      ---@param params { warm: number }
      ---@return { keep: string[], reason: string }
      decide = function(event, params)
        local fields = event.lead.fields
        local seconds = fields.total_time_spent_on_website or 0
        local keep = { "brochure" }
        if fields.specialization:find("Management", 1, true) then
          keep = { "syllabus" }
        end
        if seconds >= params.warm then
          table.insert(keep, "call")
        end
        return { keep = keep, reason = fields.specialization .. ", " .. seconds .. " seconds on the site" }
      end,
    },
  },
}
