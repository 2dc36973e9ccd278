-- Resumes coroutines inside coroutines.
-- expect: error|memory|crash
local function f() return coroutine.wrap(f)() end f()
