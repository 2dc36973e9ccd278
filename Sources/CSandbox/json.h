// JSON for plugins.
#ifndef SBX_JSON_H
#define SBX_JSON_H

#include <lua.h>

/// `json_encode(value) -> text` and `json_decode(text) -> value`. May raise.
int sbx_json_encode(lua_State *L);
int sbx_json_decode(lua_State *L);

#endif
