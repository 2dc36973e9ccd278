-- Changes a protected metatable.
-- expect: error
setmetatable(setmetatable({}, { __metatable = 1 }), {})
