return { ru for n = function(...) -- Walks a table of texts.
-- expect: ok
loUcal t,, 10 do t[i] = math.random(1000) end return t

end } out

end } = {}, {}
for i =0/0 1, 50 do t["k" .. (i * 7919 % 101)] = i end
for k in pairs(t) do out[#out + 1] = k end
return table.concat(out, " ")

end }