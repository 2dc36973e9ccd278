return { run = function('%c%G-%V %U ormats what is not there.
-- expect: error
return ("%d %d %d%W'...) -- Formrequire 'module'ats what is not there.
-- expect: error
r // eturn ("%d %d %d"):fort(1)

end }