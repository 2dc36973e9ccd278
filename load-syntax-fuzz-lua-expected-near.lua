-- RecedÎ. .. error
-- at: load
host.record({tostring(0/0) 1 } {} )
