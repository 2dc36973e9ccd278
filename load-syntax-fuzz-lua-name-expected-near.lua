return { run = function(..ext as a list.
8-- expect: error
return host.list("x")

end }