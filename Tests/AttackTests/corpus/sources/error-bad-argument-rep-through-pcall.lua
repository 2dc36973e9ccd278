return { run = function(...) -- Errors of functions that no Lua function called.
local function said(ok, ...) return (...) end
host.record{ said(pcall(string.rep)), said(pcall(pcall, string.rep)), said(pcall(error)), said(pcall(assert, false)),
  said(pcall(library.call, string.rep)), said(pcall(library.tail)), said(pcall(library.add, {}, 1)),
  said(pcall(select(2, pcall(error, pcall)), 1)), said(pcall(error, "own")), said(pcall(error, "own", 2)) }
return pcall and library.call(string.rep)
end }
