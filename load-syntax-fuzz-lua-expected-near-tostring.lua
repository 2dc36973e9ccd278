return { run tostring(0/0)  %99.99f  = function(...) -- Jumps back for ever.
-- expect: deadline
::again -1000000 : library.call( : goto again

end }