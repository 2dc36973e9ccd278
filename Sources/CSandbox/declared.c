// See declared.h.
#include "declared.h"

#include <lauxlib.h>

#include "fail.h"
#include "keys.h"
#include "place.h"
#include "registry.h"
#include "state.h"

#include "cuttable.h"

/// Where the metatable of a number is in the table of known names.
static lua_Integer slot_of(lua_State *L, uint32_t number) {
    return (lua_Integer)sbx_of(L)->names.count + 1 + number;
}

/// Whether the function that looks into the table is the plugin's own code. Does not touch the stack, does not raise.
static bool is_read_by_plugin(lua_State *L) {
    lua_Debug reader;
    if (!lua_getstack(L, 1, &reader)) return false;
    lua_getinfo(L, "S", &reader);
    return sbx_is_own(&reader);
}

/// Pushes what the metatables call; nil in a program whose library does not want any. May raise (memory).
static void push_handler(lua_State *L, int names) {
    if (lua_rawgeti(L, names, slot_of(L, 0)) == LUA_TNIL) return;
    lua_pushliteral(L, "__index");
    lua_rawget(L, -2);
    lua_getupvalue(L, -1, 2);
    lua_replace(L, -3);
    lua_pop(L, 1);
}

void sbx_read_undeclared(lua_State *L, uint32_t number, int index) {
    struct sbx *S = sbx_of(L);
    // A plugin looks at its settings while it is loaded, before it has declared any.
    if (!S->input || number >= S->input->declared_count) return;
    const struct sbx_declared *declared = &S->input->declared[number];
    size_t length;
    const char *key = lua_tolstring(L, index, &length);
    const struct sbx_keys *keys = declared->keys;
    if (sbx_key_find(keys, key, length) < keys->count || !is_read_by_plugin(L)) return;
    luaL_checkstack(L, 7, NULL);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &sbx_names_key);
    push_handler(L, lua_gettop(L));
    if (lua_isnil(L, -1)) {
        lua_pop(L, 2);
        return;
    }
    lua_pushlstring(L, (const char *)declared->phrase.start, declared->phrase.count);
    lua_pushvalue(L, index);
    lua_createtable(L, (int)keys->count, 0);
    for (uint32_t i = 0; i < keys->count; i++) {
        struct sbx_bytes known = sbx_key_at(keys, keys->order[i]);
        lua_pushlstring(L, (const char *)known.start, known.count);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_call(L, 3, 0);
    lua_pop(L, 1);
}

/// __index: a key that the table does not have. Upvalues: the table's number, and what is called.
static int read_absent(lua_State *L) {
    sbx_enter(L);
    lua_settop(L, 2);
    lua_Integer number = lua_tointeger(L, lua_upvalueindex(1));
    if (lua_type(L, 2) == LUA_TSTRING) sbx_read_undeclared(L, (uint32_t)number, 2);
    return 0;
}

/// Pushes a metatable for a number. Stack: takes the function that it calls. May raise (memory).
static void push_metatable(lua_State *L, uint32_t number) {
    lua_createtable(L, 0, 2);
    lua_insert(L, -2);
    lua_pushinteger(L, number);
    lua_insert(L, -2);
    lua_pushcclosure(L, read_absent, 2);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 1);
    lua_rawsetp(L, -2, &sbx_declared_key);
}

/// The same for a number that no table of this call had before. Stack: unchanged if the program's library does not want
/// any, else the metatable is pushed. May raise (memory).
static bool make_metatable(lua_State *L, int names, uint32_t number) {
    luaL_checkstack(L, 5, NULL);
    push_handler(L, names);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        return false;
    }
    push_metatable(L, number);
    lua_pushvalue(L, -1);
    lua_rawseti(L, names, slot_of(L, number));
    return true;
}

void sbx_declare(lua_State *L, int names, uint32_t number) {
    bool is_wanted = lua_rawgeti(L, names, slot_of(L, number)) != LUA_TNIL;
    if (!is_wanted) {
        lua_pop(L, 1);
        is_wanted = make_metatable(L, names, number);
    }
    if (is_wanted) lua_setmetatable(L, -2);
}

bool sbx_is_declared(lua_State *L, int index) {
    if (!lua_getmetatable(L, index)) return false;
    bool is_declared = lua_rawgetp(L, -1, &sbx_declared_key) != LUA_TNIL;
    lua_pop(L, 2);
    return is_declared;
}

/// Does with a metatable what a program may do with its tables, so that the metatable notes now what it lacks. A call
/// would write that into the sealed part of the image. Stack: the metatable on top, unchanged. May raise (memory).
static void warm(lua_State *L) {
    lua_newtable(L);
    lua_pushvalue(L, -2);
    lua_setmetatable(L, -2);
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, "warm");
    luaL_len(L, -1);
    lua_pop(L, 1);
}

/// Makes the metatables of the image. Stack: the function that they call, and the table of known names. May raise (memory).
static void keep_metatables(lua_State *L) {
    struct sbx_arena *arena = &sbx_of(L)->arena;
    bool was_settling = sbx_arena_settle(arena, true);
    for (uint32_t number = 0; number < SBX_DECLARED_KEPT; number++) {
        lua_pushvalue(L, 1);
        push_metatable(L, number);
        warm(L);
        lua_rawseti(L, 2, slot_of(L, number));
    }
    sbx_arena_settle(arena, was_settling);
}

int sbx_declare_tables(lua_State *L) {
    if (lua_type(L, 1) == LUA_TFUNCTION) {
        lua_settop(L, 1);
        lua_rawgetp(L, LUA_REGISTRYINDEX, &sbx_names_key);
        keep_metatables(L);
        return 0;
    }
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_Integer number = luaL_checkinteger(L, 2);
    luaL_argcheck(L, number >= 0 && number <= UINT32_MAX, 2, "not a number of a table");
    lua_settop(L, 1);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &sbx_names_key);
    lua_insert(L, 1);
    sbx_declare(L, 1, (uint32_t)number);
    return 0;
}
