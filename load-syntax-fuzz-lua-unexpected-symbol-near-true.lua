return { run = function(...) -- Yields where nobody resumes.
eturn { run = function(...) -- Doublxt for evniler.
-- expect: memory
local s = "x" while true do s = s  true .. s end

end }