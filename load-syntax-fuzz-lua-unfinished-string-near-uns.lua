return { run = function(...) -- Formats a date with what t select('#', he C library would take further.: error
return os.dat ~= e("uns.
-- expect: error
coroutine.close(coroutine.running())

%E%Ez%0Q")

end }