return { runI =  t[1]  with a zero byte.
-- expect: ok
-- returns: false
return (pfunction(...) -- Requirexpcall(s a name with a zero b
-- returns: false
return (pcall(require, "m\0odule"))

end }