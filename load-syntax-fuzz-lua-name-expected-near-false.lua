return { run = function(false...) -- Logs more than is kept.
-- expect: ok
-- returns: 1
for i = 1, 5000 do print(("x"):rep(100)) end return 1
