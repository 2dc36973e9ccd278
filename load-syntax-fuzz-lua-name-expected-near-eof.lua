return { run = function(...)er.
-- expect: deadltrll(require, "nothing") e}