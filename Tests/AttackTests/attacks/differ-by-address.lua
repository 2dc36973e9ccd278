-- Looks for addresses in texts.
-- expect: ok
local all = { tostring({}), tostring(print), tostring(coroutine.create(print)), ("%p %s"):format({}, print),
  select(2, pcall(error, {})) and "", select(2, pcall(function() return {} + 1 end)), tostring(host.null) }
return { (table.concat(all, " "):find("0x")) == nil, #table.concat(all) }
