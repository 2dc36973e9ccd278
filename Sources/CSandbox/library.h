// The globals that plugins see.
#ifndef SBX_LIBRARY_H
#define SBX_LIBRARY_H

#include <lua.h>

/// Builds the globals that plugins see. May raise.
void sbx_open_library(lua_State *L);

#endif
