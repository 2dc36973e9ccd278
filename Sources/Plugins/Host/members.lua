-- What a call gets for a member of `host` that is not there: an error that names the nearest one, where Lua would give
-- nil. Runs last of the library, for plugins alone. While a plugin is loaded Lua's own rules hold: versions that the
-- store keeps may look for what is not there, or add to it.
local primitives = ...
local raise, context, suggestion = primitives.raise, primitives.context, primitives.suggestion
local next, type, rawset, setmetatable, tostring = next, type, rawset, setmetatable, tostring

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
