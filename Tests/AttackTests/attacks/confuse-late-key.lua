-- Looks for the key that a table has while it is not made yet, in every way to walk through one, and sets a number under it.
-- expect: ok
-- returns: ["1","track/step 1","waiting"]
local late, keyed = (...).late, (...).keyed
local found = {}
local function look(...)
  for _, key in ipairs { ... } do
    if type(key) == "userdata" then found[#found + 1] = key end
  end
end
local single, sequence, keys = pairs {}, pairs { 1, 2 }, pairs { a = 1, b = 2 }
look(pcall(single, (...).late))
look(pcall(sequence, (...).late))
look(pcall(keys, (...).keyed))
look(next((...).keyed))
for key in pairs(host.list { host.list(late), late }) do look(key) end
for key in next, host.list(keyed) do look(key) end
for _, key in ipairs(found) do
  late[key], keyed[key] = 1 << 40, 1 << 40
  local whole = { late[key], late.a, keyed[key], keyed["track/step 1"] }
end
return { tostring(late.a), (next(keyed)), keyed["track/step 1"] }
