-- Looks for what must not be there.
-- expect: ok
-- returns: ""
local found = {}
for _, name in ipairs({ "io", "debug", "package", "dofile", "loadfile", "collectgarbage", "module", "loadstring",
  "setfenv", "getfenv", "unpack", "newproxy", "bit32" }) do
  if _G[name] ~= nil then found[#found + 1] = name end
end
for _, name in ipairs({ "execute", "exit", "getenv", "remove", "rename", "tmpname", "setlocale", "clock", "difftime" }) do
  if os[name] ~= nil then found[#found + 1] = "os." .. name end
end
if string.dump then found[#found + 1] = "string.dump" end
return table.concat(found, " ")
