-- Jumps back for ever.
-- expect: deadline
::again:: goto again
