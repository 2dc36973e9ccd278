 if retu select('#', rn {  '' run = func goto tion(...) -- Records nothing at all.
-- expest.record()

end }