-- Leaves no memory for the table that the host gives when it is looked at.
-- expect: memory
local asked, kept = select(2, ...), {}
while true do
  if not pcall(function() kept[#kept + 1] = { #kept } end) then
    pcall(function() return asked.late end)
    pcall(next, asked)
  end
end
