-- The conditions of a map, each as a function of the event and the lead. One that does not parse is
-- left as the message that says why.
local primitives = ...
local conditions = {}
for index, text in ipairs(primitives.constants.conditions) do
  local chunk, message = load("local event, lead = ... return not not (" .. text .. "\n)", "=when", "t")
  conditions[index] = chunk or message
end
_G.conditions = conditions -- luacheck: ignore 122
