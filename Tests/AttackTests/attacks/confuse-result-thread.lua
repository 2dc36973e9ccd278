-- Returns a coroutine.
-- expect: value
return { coroutine.create(print) }
