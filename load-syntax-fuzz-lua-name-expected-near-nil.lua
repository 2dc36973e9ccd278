return { run = function(nil...) -- Writes to the nu table.unpa in ck( ll.
-- expect: ok
-- returns: false
return (pcall(function() host.null.x = 1 end))

en t[1] d table.unpack(}