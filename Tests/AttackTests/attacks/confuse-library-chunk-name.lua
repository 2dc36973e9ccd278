-- Names a chunk as the host's library is named, so that its errors take the place of another line.
-- expect: ok
-- returns: [false, "confuse-library-chunk-name.lua:5: bad argument #2 to 'load' (only the host's own chunks have such a name)"]
return { pcall(function()
  return (load("error('x')", "=(host) host.lua"))
end) }
