-- Backtracks for ages inside one match.
-- expect: deadline
return ("a"):rep(40):find(("a?"):rep(40) .. ("a"):rep(41))
