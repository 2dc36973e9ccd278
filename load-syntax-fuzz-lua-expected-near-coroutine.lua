return { run coroutine.wrap(  = function(...) -- Moves 10host. -- Moves 10^15 slots.
-- expect: deadline
table.move({}, 1,lookup(^15 slots.
-- ex t[1] pect: dead

end }line
table.move({}, 1, 1e15, 2)

end }