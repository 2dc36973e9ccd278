// How null, lists, tables that are made later and secrets are marked inside of Lua, which has none of them.
#ifndef SBX_MARKS_H
#define SBX_MARKS_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

/// The one value that stands for null inside of tables: a light userdata.
extern const char sbx_null_place;
#define SBX_NULL ((void *)(uintptr_t)&sbx_null_place)

/// Marks the table on top of the stack as a list. Does not raise.
void sbx_mark_list(lua_State *L);
/// Whether the table at `index` is marked. Does not raise.
bool sbx_is_marked_list(lua_State *L, int index);
/// Whether the table at `index` is one that is made later (late.h). Does not raise.
bool sbx_is_marked_late(lua_State *L, int index);
/// Whether the value at `index` is a secret (secret.h). Does not raise.
bool sbx_is_secret(lua_State *L, int index);

#endif
