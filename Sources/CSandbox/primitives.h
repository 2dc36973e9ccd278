// What the host's library is given: the only ways out of a state.
#ifndef SBX_PRIMITIVES_H
#define SBX_PRIMITIVES_H

#include <lua.h>

/// Pushes the table of primitives. May raise.
void sbx_push_primitives(lua_State *L);

#endif
