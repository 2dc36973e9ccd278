return { run = functio library.cal100000))

end }l( n(...) -- Formats with absurd wrror and 
return ("

end }