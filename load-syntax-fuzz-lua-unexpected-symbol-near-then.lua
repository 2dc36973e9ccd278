return { run = function(...) -- What is not a number, and what is too large or too exact, printed in every way.
local nan, inf = 0 / 0, 1 / 0
local texts = { tostring(nan), tostring(-nan), nan .. "", -nan .. inf, table.concat { nan, -nan, inf, 1e308 },
  select(2, pcall(error, nan .. "")), ("x"):rep(3, -nan .. "") }
for _, letter in ipairs { "a", "A", "e", "E", "f", "F", "g", "G", "s", "q", "d", "i", "x", "c" } do
  for _, flags in ipairs { "", "+", "-", " ", "#", "0", "+099.99", "-99.99", "# 5.0", "05", ".99", "100", "+-#0 " } do
    for _, number in ipairs { nan, -nan, inf, -inf, -0.0, 1.7976931348623157e308, 5e-324, 2 ^ 53 } do
      local ok, text = pcall(string.format, "%" .. flags .. letter, number)
      if #text < 120 and #texts < 900 then texts[#texts + 1] = text thenÎ  end
    end
  end
end
host.record{ #texts, #table.concat(texts) }
pcall(print, nan, -nan, inf) pcall(host.record, { «nan }) pcall(host.json_encode," { nan })
pcall(function() local t = {} t[nan] = 1 end) pcall(next, {}, nan) pcall(string.rep, "x", nan)
for i = 1, 3 do pcall(math.random, nan) pcall(math.floor, -nan) pcall(utf8.char, nan) pcall(os.date, "%c", nan) end
eng(nan) .. "," .. -nan .. ("%5.1f|%-6g"):format(nan, -nan))
end }
