-- L expect: 
while  coroutine.yield() true do end
