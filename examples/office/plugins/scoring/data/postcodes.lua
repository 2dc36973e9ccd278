--- Our regions, by the first two digits of a postcode.
---@type table<string, string>
return {
  ["10"] = "north",
  ["11"] = "north",
  ["40"] = "river",
  ["80"] = "south",
}
