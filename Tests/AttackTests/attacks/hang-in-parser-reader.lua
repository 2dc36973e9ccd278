-- Feeds the parser for ever.
-- expect: deadline
load(function() return " " end)
