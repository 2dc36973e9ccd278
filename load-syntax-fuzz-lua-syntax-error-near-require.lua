retur require 'fai' n { ruon(...) --  require 'failing' Raises nil.
-- expect: errorises nil.
-- expect: error
error()

end }
error()

end }