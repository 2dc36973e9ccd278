return { run = functrmats what ierror
return ("%`d %d local%d"):format(1)

end }