-- Hands over texts and names with zero bytes.
-- expect: ok
-- returns: {"a\u0000b":"c\u0000d"}
host.record({ ["a\0b"] = "c\0d" }) return { ["a\0b"] = "c\0d" }
