-- Records a value with two mistakes.
-- expect: value
pcall(host.record, { z = print, a = 0 / 0, m = "\xff" })
