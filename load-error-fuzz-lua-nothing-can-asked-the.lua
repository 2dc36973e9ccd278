-- Reced. ... 
-- expect: error
-- at: load
host.record({ 1 })
