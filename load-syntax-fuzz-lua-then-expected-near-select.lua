 if retu select('#', rn {  'nc goto tion(...) -- Records nothing at all.
-- expest.record()

end }