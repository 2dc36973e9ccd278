-- `host.secret`. Runs behind the host's library, for plugins alone. What is made here has the secret's name; the secret
-- itself is put into a request when that leaves.
local primitives = ...
local plugin, secrets = primitives.constants.plugin, primitives.constants.secrets
local fail, raise, make = primitives.fail, primitives.raise, primitives.secret
local type, ipairs, find, sub = type, ipairs, string.find, string.sub

local is_granted = {}
for _, name in ipairs(secrets) do is_granted[name] = true end

-- How many bytes must be changed, put in or left out to make one text of the other.
local function distance(left, right)
  local last = {}
  for column = 0, #right do last[column] = column end
  for row = 1, #left do
    local now = { [0] = row }
    for column = 1, #right do
      local least = last[column - 1]
      if sub(left, row, row) ~= sub(right, column, column) then least = least + 1 end
      if last[column] + 1 < least then least = last[column] + 1 end
      if now[column - 1] + 1 < least then least = now[column - 1] + 1 end
      now[column] = least
    end
    last = now
  end
  return last[#right]
end

-- Says which of the names is meant, if one is close enough.
local function suggestion(name)
  local best, least = nil, 3
  for _, candidate in ipairs(secrets) do
    local difference = #candidate - #name
    if #candidate <= 64 and difference < least and -difference < least then
      local changes = distance(name, candidate)
      if changes < least and changes < #candidate / 2 then best, least = candidate, changes end
    end
  end
  return best and '; did you mean "' .. best .. '"?' or ""
end

local function secret(name)
  if type(name) ~= "string" or name == "" or #name > 256 or find(name, "%c") then
    raise("host.secret: expected the name of a secret, of 1 to 256 bytes without control characters")
  end
  if is_granted[name] then return make(name) end
  fail("secret", 'host.secret: "' .. name .. '" is not a secret that ' .. plugin
    .. " may use: signalbox.yaml needs, under `secrets`, `" .. name
    .. ": { env: VARIABLE, hosts: [ HOST ], plugins: [ " .. plugin .. " ] }`" .. suggestion(name))
end

rawset(_G.host, "secret", secret)
