-- Requires libraries and files that are not its own.
-- expect: ok
-- returns: 0
local found = 0
for _, name in ipairs({ "io", "os", "debug", "string", "../x", "/etc/passwd", "lfs", "socket", "init", "" }) do
  if pcall(require, name) then found = found + 1 end
end
return found
