// `pairs` and `next` in the fixed order of keys (order.h). The keys are taken when the walk begins: one
// that became nil is passed over, one that was added is not seen.
#include "lib.h"

#include <lauxlib.h>

#include "fail.h"
#include "late.h"
#include "order.h"
#include "registry.h"

#include "cuttable.h"

/// Raises if the first argument of a walk's function is not a table. Such a function has no name of its own, and may be
/// called with any table: not only with the one that it was made for. May raise (memory).
static inline void check_walked(lua_State *L) {
    if (lua_type(L, 1) == LUA_TTABLE) {
        sbx_make_late(L, 1);
        return;
    }
    luaL_error(
        L, "bad argument #1 to 'for iterator' (table expected, got %s)",
        lua_isnone(L, 1) ? "no value" : luaL_typename(L, 1));
}

/// One step through a table whose keys were 1 to n. Upvalues: how far it is, and n. Raises if it gets no table.
static int step_sequence(lua_State *L) {
    check_walked(L);
    lua_Integer at = lua_tointeger(L, lua_upvalueindex(1));
    lua_Integer count = lua_tointeger(L, lua_upvalueindex(2));
    while (at < count) {
        at++;
        if (lua_rawgeti(L, 1, at) != LUA_TNIL) {
            lua_pushinteger(L, at);
            lua_copy(L, -1, lua_upvalueindex(1));
            lua_insert(L, -2);
            return 2;
        }
        lua_pop(L, 1);
    }
    lua_pushinteger(L, at);
    lua_replace(L, lua_upvalueindex(1));
    lua_pushnil(L);
    return 1;
}

/// Pushes the first key after the `at`th whose value is not nil, and the value; moves `at` there. Pushes
/// nothing and returns false if there is none. Does not raise.
static bool push_next(lua_State *L, int table, int keys, lua_Integer *at) {
    while (lua_rawgeti(L, keys, *at + 1) != LUA_TNIL) {
        *at += 1;
        lua_pushvalue(L, -1);
        if (lua_rawget(L, table) != LUA_TNIL) return true;
        lua_pop(L, 2);
    }
    lua_pop(L, 1);
    return false;
}

/// One step through any other table. Upvalues: how far it is, and the keys. Raises if it gets no table.
static int step_keys(lua_State *L) {
    check_walked(L);
    lua_Integer at = lua_tointeger(L, lua_upvalueindex(1));
    bool found = push_next(L, 1, lua_upvalueindex(2), &at);
    lua_pushinteger(L, at);
    lua_replace(L, lua_upvalueindex(1));
    if (found) return 2;
    lua_pushnil(L);
    return 1;
}

/// Pushes the table's first key in the order, and its value; nothing and false if it is empty. Does not
/// raise.
static bool push_first(lua_State *L) {
    lua_pushnil(L);
    if (!lua_next(L, 1)) return false;
    lua_pop(L, 1);
    int best = lua_gettop(L) + 1;
    lua_pushvalue(L, -1);
    lua_insert(L, -2);
    struct sbx_key least, key;
    // Below the walking key lies the least one so far.
    best -= 1;
    sbx_key_read(L, best, &least);
    while (lua_next(L, 1)) {
        lua_pop(L, 1);
        sbx_key_read(L, -1, &key);
        if (sbx_key_compare(&key, &least) < 0) {
            lua_copy(L, -1, best);
            least = key;
        }
    }
    lua_pushvalue(L, best);
    lua_rawget(L, 1);
    return true;
}

/// The only step through a table that has at most one key. Raises if it gets no table.
static int step_single(lua_State *L) {
    check_walked(L);
    lua_settop(L, 2);
    if (!lua_isnil(L, 2)) {
        lua_pushnil(L);
        return 1;
    }
    if (push_first(L)) return 2;
    lua_pushnil(L);
    return 1;
}

/// What `__pairs` returned, also after a yield inside of it. Does not raise.
static int finish_pairs(lua_State *L, int status, lua_KContext unused) {
    (void)L;
    (void)status;
    (void)unused;
    return 3;
}

/// pairs(table) -> a function, the table, nil. May raise.
static int pairs(lua_State *L) {
    sbx_enter(L);
    luaL_checkany(L, 1);
    sbx_make_late(L, 1);
    if (luaL_getmetafield(L, 1, "__pairs") != LUA_TNIL) {
        lua_pushvalue(L, 1);
        lua_callk(L, 1, 3, 0, finish_pairs);
        return 3;
    }
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_Integer count;
    bool is_sequence = sbx_is_sequence(L, 1, &count);
    if (count <= 1) {
        lua_pushcfunction(L, step_single);
    } else {
        lua_pushinteger(L, 0);
        if (is_sequence) lua_pushinteger(L, count);
        else sbx_push_ordered_keys(L, 1, count);
        lua_pushcclosure(L, is_sequence ? step_sequence : step_keys, 2);
    }
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    return 3;
}

/// The place of the key at 2 among the `count` keys at `keys`: that of the last one that is not after it.
/// Does not raise.
static lua_Integer place_of(lua_State *L, int keys, lua_Integer count) {
    struct sbx_key wanted, key;
    sbx_key_read(L, 2, &wanted);
    lua_Integer low = 0, high = count;
    while (low < high) {
        lua_Integer middle = low + (high - low) / 2;
        lua_rawgeti(L, keys, middle + 1);
        sbx_key_read(L, -1, &key);
        lua_pop(L, 1);
        if (sbx_key_compare(&key, &wanted) <= 0) low = middle + 1;
        else high = middle;
    }
    return low;
}

/// next(table [, key]) -> the key after it and its value, or nil. A walk is remembered, so that each of its
/// steps is one look. May raise.
static int next(lua_State *L) {
    // In the remembered walk: the table, its keys, and how far it is.
    enum { TABLE = 1, KEYS = 2, AT = 3 };
    sbx_enter(L);
    luaL_checktype(L, 1, LUA_TTABLE);
    sbx_make_late(L, 1);
    lua_settop(L, 2);
    if (lua_isnil(L, 2)) {
        if (push_first(L)) return 2;
        lua_pushnil(L);
        return 1;
    }
    lua_rawgetp(L, LUA_REGISTRYINDEX, &sbx_cursor_key);
    const int cursor = 3, keys = 4;
    lua_rawgeti(L, cursor, TABLE);
    bool goes_on = lua_rawequal(L, 1, -1);
    lua_pop(L, 1);
    lua_Integer at = 0;
    if (goes_on) {
        lua_rawgeti(L, cursor, KEYS);
        lua_rawgeti(L, cursor, AT);
        at = lua_tointeger(L, -1);
        lua_pop(L, 1);
        lua_rawgeti(L, keys, at);
        goes_on = lua_rawequal(L, 2, -1);
        lua_settop(L, goes_on ? keys : cursor);
    }
    if (!goes_on) {
        lua_Integer count;
        sbx_is_sequence(L, 1, &count);
        sbx_push_ordered_keys(L, 1, count);
        at = place_of(L, keys, count);
        lua_pushvalue(L, 1);
        lua_rawseti(L, cursor, TABLE);
        lua_pushvalue(L, keys);
        lua_rawseti(L, cursor, KEYS);
    }
    bool found = push_next(L, 1, keys, &at);
    lua_pushinteger(L, at);
    lua_rawseti(L, cursor, AT);
    if (found) return 2;
    // The walk is over: what it held may go.
    lua_pushnil(L);
    lua_rawseti(L, cursor, TABLE);
    lua_pushnil(L);
    lua_rawseti(L, cursor, KEYS);
    lua_pushnil(L);
    return 1;
}

/// rawget(table, key). May raise.
static int raw_get(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checkany(L, 2);
    sbx_make_late(L, 1);
    lua_settop(L, 2);
    lua_rawget(L, 1);
    return 1;
}

/// rawset(table, key, value) -> the table. May raise.
static int raw_set(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checkany(L, 2);
    luaL_checkany(L, 3);
    sbx_make_late(L, 1);
    lua_settop(L, 3);
    lua_rawset(L, 1);
    return 1;
}

void sbx_install_pairs(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"pairs", pairs}, {"next", next}, {"rawget", raw_get}, {"rawset", raw_set}, {NULL, NULL}};
    lua_createtable(L, 3, 0);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &sbx_cursor_key);
    luaL_setfuncs(L, functions, 0);
}
