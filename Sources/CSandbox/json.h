// JSON for plugins.
#ifndef SBX_JSON_H
#define SBX_JSON_H

#include <lua.h>

/// `json_encode(value) -> text` and `json_decode(text) -> value`. May raise.
int sbx_json_encode(lua_State *L);
int sbx_json_decode(lua_State *L);

/// Pushes the value at `index` as people read it: a table without `__tostring` as JSON has it, what JSON lacks by the
/// name of its type, what is deep or long cut; anything else as its text. May raise: `__tostring` may.
void sbx_push_shown(lua_State *L, int index);

#endif
