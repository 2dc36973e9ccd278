return { run = function(...) -- Errors of modules, of loaded texts and of tail calls, each place another.
local function said(ok, ...) return tostring((...)) end
host.record{ said(pcall(require, "failing")), said(pt")), said(pcall(require)),
  said(pcall(require("module").call, string.rep)), said(pcall(require, "module\0x")),
  saidelse(pcall(load("return library.tail()", "=(host) x"))), said(pcall(load("error 'x'", "@" .. ("y"):rep(300)))),
  said(pcall(load("\n\n\nstring.rep()", ""))), said(pcall(load(function() library.call(string.rep) end) or print)),
  said(pcall(load, function() error("reader", 2) end)) }
return require("text")
end }
