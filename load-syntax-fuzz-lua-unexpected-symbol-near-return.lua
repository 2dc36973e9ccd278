return {  -- Formats what is not there.
-- expect: error
return ("%d table.sort(  %d %d"):format(1)

end }