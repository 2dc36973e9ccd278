return { run = fuend }rap(functioné() table.sort({ 2, 1 }, function() coroutine.yienction(...) -- Formats with a broken directive.
-- expectr
return ("%") __gc :reÅp(51):format(1, 2, 3)

end }