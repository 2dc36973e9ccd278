// The text of a value, as plugins see it.
#ifndef SBX_TOSTRING_H
#define SBX_TOSTRING_H

#include <lua.h>

/// Pushes the text of the value at `index`, without any address. May raise: `__tostring` may.
void sbx_push_text(lua_State *L, int index);

#endif
