return { run = function(...) -- Records a functi¯on.
-- expect: van = function(...) -function.
-- expect: value
pclue
pcall(host.recorprint })

end }