local regions = require "data.postcodes"

--- An import and a form bring a postcode as text, a program perhaps as a number: both are looked up as text.
---@param postcode any
---@return string? # nil where we have no office
local function region_of(postcode)
  return postcode ~= nil and regions[tostring(postcode):sub(1, 2)] or nil
end

---@type signalbox.Plugin
return {
  name = "scoring",
  version = "1.0.0",
  api = 1,
  summary = "Says how promising a lead is",

  actions = {
    score = {
      summary = "Set `score`, from 0 to 100, and `region` where the postcode is in one",
      params = {
        budget = { type = "number", default = 400000, least = 1, summary = "The budget that gives all its points" },
      },
      ---@param event signalbox.Event
      ---@param params { budget: number }
      run = function(event, params)
        local fields = event.lead.fields
        local region = region_of(fields.postcode)
        local score = 0
        if region then
          score = score + 40
        end
        if type(fields.budget) == "number" then
          score = score + math.min(40, math.floor(40 * fields.budget / params.budget))
        end
        if fields.mail or fields.phone then
          score = score + 20
        end
        host.lead.set { score = score, region = region }
      end,
    },
  },

  deciders = {
    by_score = {
      summary = "A visit for a lead with `least` points, the brochure for the rest",
      params = {
        least = { type = "integer", default = 50 },
      },
      ---@param event signalbox.Event
      ---@param params { least: integer }
      ---@return { keep: string[], reason: string }
      decide = function(event, params)
        local score = event.lead.fields.score or 0
        if score >= params.least then
          return { keep = { "visit" }, reason = score .. " points" }
        end
        return { keep = { "brochure" }, reason = score .. " points, fewer than " .. params.least }
      end,
    },
  },
}
