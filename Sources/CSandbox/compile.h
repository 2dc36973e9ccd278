// Chunks compiled from source files.
#ifndef SBX_COMPILE_H
#define SBX_COMPILE_H

#include <lua.h>

#include "state.h"

/// A source without its byte order mark and `#!` line, and how long it is then.
const char *sbx_code_of(const char *text, size_t *length);

/// Pushes a chunk compiled from a source, without its byte order mark and `#!` line, and returns LUA_OK; or
/// pushes a message and returns why not. `prefix` is `@` for a plugin's own file, SBX_LIBRARY_PREFIX for one of
/// the host's library.
int sbx_compile(lua_State *L, const struct sbx_source *source, const char *prefix);

/// Puts `load` and `require` into the globals. Stack: the globals on top, unchanged. May raise.
void sbx_install_loaders(lua_State *L);

#endif
