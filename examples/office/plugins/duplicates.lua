--- Under which key the first lead with this address is stored: however it is written, it is the same address.
---@param mail any
---@return string? # nil for what is not an address that could be stored
local function key(mail)
  if type(mail) ~= "string" then
    return nil
  end
  local address = mail:lower():gsub("%s+", "")
  return address ~= "" and #address <= 200 and "mail/" .. address or nil
end

---@type signalbox.Plugin
return {
  name = "duplicates",
  version = "1.0.0",
  api = 1,
  summary = "Finds leads that have the address of an earlier one",
  emits = { "duplicates.found" },

  actions = {
    look = {
      summary = "Set `duplicate_of` where an earlier lead has the same address, and announce it",
      ---@param event signalbox.Event
      run = function(event)
        local place = key(event.lead.fields.mail)
        if not place then
          return
        end
        local first = host.store.get(place)
        if not first then
          host.store.set(place, event.lead.id)
        elseif first ~= event.lead.id then
          host.lead.set { duplicate_of = first }
          host.bus.emit("duplicates.found", { of = first })
        end
      end,
    },
  },

  deciders = {
    to_compare = {
      summary = "All steps for a lead with `duplicate_of`, none for the rest",
      ---@param event signalbox.Event
      ---@return { keep: string[]?, remove: string[]?, reason: string }
      decide = function(event)
        local first = event.lead.fields.duplicate_of
        if first then
          return { keep = event.steps, reason = "it has the address of lead " .. first }
        end
        return { remove = event.steps, reason = "nobody we know has its address" }
      end,
    },
  },

  on = {
    {
      event = "duplicates.found",
      ---@param event signalbox.Event
      run = function(event)
        host.note.add("Has the address of lead " .. event.payload.of)
      end,
    },
    {
      event = "step.open",
      map = "intake",
      -- signalbox: allow removable-step, because there is nothing to ask where the step is removed
      at = "same/compare",
      ---@param event signalbox.Event
      run = function(event)
        host.todo.add { title = "Is it the same as lead " .. event.lead.fields.duplicate_of .. "?" }
      end,
    },
  },
}
