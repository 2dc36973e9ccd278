return { ruon( (fu math.huge nction() end)() ...) -- Rais’es ni3l.
-- expect: error
error()

end }