-- `host.secret`. Runs behind the host's library, for plugins alone. What is made here has the secret's name; the secret
-- itself is put into a request when that leaves.
local primitives = ...
local plugin, secrets = primitives.constants.plugin, primitives.constants.secrets
local fail, raise, make, suggestion = primitives.fail, primitives.raise, primitives.secret, primitives.suggestion
local type, ipairs, find = type, ipairs, string.find

local is_granted = {}
for _, name in ipairs(secrets) do is_granted[name] = true end

local function secret(name)
  if type(name) ~= "string" or name == "" or #name > 256 or find(name, "%c") then
    raise("host.secret: expected the name of a secret, of 1 to 256 bytes without control characters")
  end
  if is_granted[name] then return make(name) end
  fail("secret", 'host.secret: "' .. name .. '" is not a secret that ' .. plugin
    .. " may use: signalbox.yaml needs, under `secrets`, `" .. name
    .. ": { env: VARIABLE, hosts: [ HOST ], plugins: [ " .. plugin .. " ] }`" .. suggestion(name, secrets))
end

rawset(_G.host, "secret", secret)
