-- Looks for the key that a table has which the host gives later, and sets a number under it before the table is made.
-- expect: ok
-- returns: [1,"track/step 1","waiting",true]
local asked, walk = select(2, ...), pairs {}
local _, key = pcall(walk, host.list { asked })
for _, number in ipairs { 1 << 40, -1, 0, 1, 0.5 } do
  pcall(function() asked[key or number] = number end)
end
for name, value in pairs(asked) do asked[name] = value end
return { asked.late.a, (next(asked.keyed)), asked.keyed["track/step 1"], asked == select(2, ...) }
