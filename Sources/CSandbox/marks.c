#include "marks.h"

#include "registry.h"

#include "cuttable.h"

const char sbx_null_place;

void sbx_mark_list(lua_State *L) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &sbx_list_key);
    lua_setmetatable(L, -2);
}

/// Whether the value's metatable is what the registry has under `key`.
static bool is_marked(lua_State *L, int index, const void *key) {
    if (!lua_getmetatable(L, index)) return false;
    lua_rawgetp(L, LUA_REGISTRYINDEX, key);
    bool is_marked = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return is_marked;
}

bool sbx_is_marked_list(lua_State *L, int index) { return is_marked(L, index, &sbx_list_key); }

bool sbx_is_marked_late(lua_State *L, int index) { return is_marked(L, index, &sbx_late_key); }

bool sbx_is_secret(lua_State *L, int index) {
    return lua_type(L, index) == LUA_TUSERDATA && is_marked(L, index, &sbx_secret_key);
}
