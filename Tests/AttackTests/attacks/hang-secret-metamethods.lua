-- Catches what a secret refuses, for ever.
-- expect: deadline
local S = host.secret("s")
while true do pcall(function() return S.x end) pcall(function() return S < S end) pcall(tostring, S) end
