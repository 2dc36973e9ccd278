-- An error while the file is loaded, whose last act is a call.
pcall(require, "failing")
local co = coroutine.wrap(function() local ok, m = pcall(library.call, string.rep) coroutine.yield(m) end)
assert(#co() > 0)
return library.call(string.rep)
