-- The conditions of a map, each as a function of the event and the lead. One that does not parse is
-- left as the message that says why.
local primitives = ...
local constants = primitives.constants

local names = {}
for name in pairs(_G) do names[#names + 1] = name end

-- The message of a text that does not parse may end within a character of it.
local function clean(message)
  local length, bad = utf8.len(message)
  while not length do
    message = message:sub(1, bad - 1) .. "?" .. message:sub(bad + 1)
    length, bad = utf8.len(message, bad)
  end
  return message
end

local conditions = {}
for index, text in ipairs(constants.conditions) do
  local chunk, message = load("local event, lead = ... return not not (" .. text .. "\n)", "=when", "t")
  -- In a file that is checked a condition is one expression, also without the brackets.
  if chunk and constants.checks then
    local _, problem = load("return " .. text .. "\n", "=when", "t")
    chunk, message = not problem and chunk, problem
  end
  conditions[index] = chunk or clean(message)
end

-- luacheck: push ignore 122
_G.conditions = conditions
_G.names = constants.checks and names
-- luacheck: pop
