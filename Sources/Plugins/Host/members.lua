-- What a call gets for a member of `host` that is not there, and for a key of the event, the parameters or the settings
-- that is not declared: an error that names the nearest one, where Lua would give nil. Runs last of the library, for
-- plugins alone. While a plugin is loaded Lua's own rules hold: versions that the
-- store keeps may look for what is not there, or add to it.
local primitives = ...
local raise, context, suggestion = primitives.raise, primitives.context, primitives.suggestion
local next, ipairs, type, rawget, rawset, setmetatable, tostring =
  next, ipairs, type, rawget, rawset, setmetatable, tostring
local sub = string.sub

local function names_of(owner)
  local names = {}
  for name in next, owner do names[#names + 1] = name end
  return names
end

local function close(path, owner)
  for name, value in next, owner do
    if type(value) == "table" and name ~= "settings" then close(path .. "." .. name, value) end
  end
  setmetatable(owner, {
    __index = function(_, key)
      if type(key) ~= "string" or not context() then return nil end
      raise(path .. ' does not have "' .. key .. '"' .. suggestion(key, names_of(owner)))
    end,
    __newindex = function(_, key, value)
      if not context() then return rawset(owner, key, value) end
      raise(path .. "." .. tostring(key) .. " cannot be set: fields are set with host.lead.set, values that last "
        .. "with host.store.set")
    end,
    __metatable = false,
  })
end

close("host", _G.host)

-- The phrase begins a sentence that ends with the key: `event does not have a key`.
primitives.declare(function(phrase, key, names)
  raise(phrase .. ' "' .. sub(key, 1, 64) .. '"' .. suggestion(key, names))
end)

-- The tables of the settings, by their numbers among those of each call.
local function declare(value, form)
  if type(value) ~= "table" then return end
  if form.number then primitives.declare(value, form.number) end
  for name, inner in next, form.keys or {} do declare(rawget(value, name), inner) end
  if form.items then
    for _, item in ipairs(value) do declare(item, form.items) end
  end
end

declare(_G.host.settings, primitives.constants.declared)
