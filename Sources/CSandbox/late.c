// See late.h.
#include "late.h"

#include <lauxlib.h>

#include "codec.h"
#include "declared.h"
#include "fail.h"
#include "keys.h"
#include "marks.h"
#include "registry.h"
#include "state.h"

#include "cuttable.h"

void sbx_begin_late(struct sbx *S) {
    S->late_count = 0;
    S->keyed = S->input ? S->input->keyed : NULL;
    S->keyed_count = S->input ? S->input->keyed_count : 0;
}

bool sbx_push_late(lua_State *L, struct sbx_late late) {
    struct sbx *S = sbx_of(L);
    if (S->late_count == SBX_MAX_LATE) return false;
    luaL_checkstack(L, 3, NULL);
    lua_createtable(L, 0, 1);
    lua_pushinteger(L, S->late_count);
    lua_rawsetp(L, -2, &sbx_late_key);
    S->late[S->late_count++] = late;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &sbx_late_key);
    lua_setmetatable(L, -2);
    return true;
}

static void push(lua_State *L, struct sbx_bytes text) {
    lua_pushlstring(L, (const char *)text.start, text.count);
}

static void push_word(lua_State *L, const struct sbx_keyed *keyed, uint32_t number) {
    if (keyed->values[number] >= keyed->word_count) sbx_decode_fail(L);
    push(L, keyed->words[keyed->values[number]]);
}

/// Pushes the word of a key, or nil. May raise (memory).
static void push_keyed(lua_State *L, const struct sbx_keyed *keyed, const char *name, size_t length) {
    uint32_t number = sbx_key_find(keyed->keys, name, length);
    if (number < keyed->keys->count) push_word(L, keyed, number);
    else lua_pushnil(L);
}

/// Asks the host what the table is to have. May end the call.
static void ask(lua_State *L, struct sbx_late *late) {
    struct sbx *S = sbx_of(L);
    struct sbx_asked asked = {.value = {NULL, 0}};
    sbx_begin_leaf(S);
    S->input->ask(S->input->ask_owner, &asked);
    sbx_end_leaf(S, L);
    S->keyed = asked.keyed;
    S->keyed_count = asked.keyed_count;
    sbx_decode_late(L, asked.value, late);
    late->is_to_ask = false;
}

/// The late table that the value at `index` is the number of. One that is the number of none ends the call.
static struct sbx_late *late_at(lua_State *L, int index) {
    struct sbx *S = sbx_of(L);
    lua_Integer number = lua_isinteger(L, index) ? lua_tointeger(L, index) : -1;
    if (number < 0 || number >= (lua_Integer)S->late_count) sbx_decode_fail(L);
    struct sbx_late *late = &S->late[number];
    if (late->is_to_ask) ask(L, late);
    return late;
}

/// Makes of the late table of a number what it is to be, but for its number. Stack: the number and the table. May raise
/// (memory).
static int fill(lua_State *L) {
    const struct sbx_late *late = late_at(L, 1);
    if (late->keyed) {
        for (uint32_t i = 0; i < late->keyed->keys->count; i++) {
            push(L, sbx_key_at(late->keyed->keys, i));
            push_word(L, late->keyed, i);
            lua_rawset(L, 2);
        }
    } else {
        sbx_decode_pairs(L, late->pairs, late->end, late->count);
    }
    lua_pushnil(L);
    lua_setmetatable(L, 2);
    if (late->is_declared) {
        lua_rawgetp(L, LUA_REGISTRYINDEX, &sbx_names_key);
        lua_insert(L, 2);
        sbx_declare(L, 2, late->declared);
    }
    return 0;
}

/// The table at `index`, which has to be a late one, becomes what it is to have. One for which there is no memory
/// ends the call, as arguments do that do not fit: a program that went on would see a part of it. May raise (too many
/// calls inside of each other).
static void make(lua_State *L, int index) {
    luaL_checkstack(L, 4, NULL);
    lua_pushcfunction(L, fill);
    lua_rawgetp(L, index, &sbx_late_key);
    lua_pushvalue(L, index);
    int status = lua_pcall(L, 2, 0, 0);
    if (status == LUA_ERRMEM) sbx_memory_exhausted(sbx_of(L));
    if (status != LUA_OK) lua_error(L);
    lua_pushnil(L);
    lua_rawsetp(L, index, &sbx_late_key);
}

void sbx_make_late(lua_State *L, int index) {
    if (lua_type(L, index) != LUA_TTABLE) return;
    luaL_checkstack(L, 2, NULL);
    index = lua_absindex(L, index);
    if (sbx_is_marked_late(L, index)) make(L, index);
}

/// __index: reading one key.
static int read_late(lua_State *L) {
    sbx_enter(L);
    lua_settop(L, 2);
    size_t length;
    const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tolstring(L, 2, &length) : NULL;
    if (!name) {
        lua_pushnil(L);
        return 1;
    }
    lua_rawgetp(L, 1, &sbx_late_key);
    struct sbx_late *late = late_at(L, -1);
    if (late->keyed) {
        push_keyed(L, late->keyed, name, length);
        return 1;
    }
    bool is_found = late->looks++ < SBX_LATE_LOOKS &&
        sbx_decode_named(L, late->pairs, late->end, late->count, name, length);
    if (!is_found) {
        make(L, 1);
        lua_pushvalue(L, 2);
        lua_rawget(L, 1);
    }
    if (late->is_declared && lua_isnil(L, -1)) sbx_read_undeclared(L, late->declared, 2);
    return 1;
}

/// __newindex: a key is set that the table, being empty still, does not have.
static int write_late(lua_State *L) {
    sbx_enter(L);
    sbx_make_late(L, 1);
    lua_settop(L, 3);
    lua_settable(L, 1);
    return 0;
}

void sbx_open_late(lua_State *L) {
    static const luaL_Reg functions[] = {{"__index", read_late}, {"__newindex", write_late}, {NULL, NULL}};
    lua_createtable(L, 0, 2);
    luaL_setfuncs(L, functions, 0);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &sbx_late_key);
}
