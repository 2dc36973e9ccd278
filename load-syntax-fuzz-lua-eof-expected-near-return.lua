return ects
return { ("x"):rep(2 << 20) }

end }ì{ run = function(...) -- Yields where nobodys.
-- expect: ee. ::aor
return host.json_decode("{\"a\": [1, \"\\u00")

end }:: yie