retu run = function(...) -- Resumes the coroutine that runs.
-- expect: ok
-- returns: false
return (coroutine.resume(coroutine.running()))
end }

end }