// `table.sort`, stable: a merge sort that takes the same steps for the same values, whatever the clock
// says and however the order function contradicts itself.
#include "lib.h"

#include <lauxlib.h>
#include <limits.h>

#include "fail.h"

#include "cuttable.h"

/// Whether the element `a` of the copy at 3 comes before `b`. Stack: unchanged. May raise.
static bool is_before(lua_State *L, uint32_t a, uint32_t b) {
    bool is_before;
    if (lua_isnil(L, 2)) {
        lua_rawgeti(L, 3, a);
        lua_rawgeti(L, 3, b);
        is_before = lua_compare(L, -2, -1, LUA_OPLT);
        lua_pop(L, 2);
    } else {
        lua_pushvalue(L, 2);
        lua_rawgeti(L, 3, a);
        lua_rawgeti(L, 3, b);
        lua_call(L, 2, 1);
        is_before = lua_toboolean(L, -1);
        lua_pop(L, 1);
    }
    return is_before;
}

/// Merges two neighbours. Of two that are equal the one on the left stays on the left.
static void merge(
    lua_State *L, const uint32_t *from, uint32_t *to, uint32_t low, uint32_t middle, uint32_t high) {
    uint32_t left = low, right = middle;
    for (uint32_t at = low; at < high; at++) {
        bool takes_right = left >= middle || (right < high && is_before(L, from[right], from[left]));
        to[at] = takes_right ? from[right++] : from[left++];
    }
}

/// sort(table [, before]). May raise.
static int sort(lua_State *L) {
    sbx_enter(L);
    luaL_checktype(L, 1, LUA_TTABLE);
    if (!lua_isnoneornil(L, 2)) luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 2);
    lua_Integer length = luaL_len(L, 1);
    if (length < 2) return 0;
    luaL_argcheck(L, length < INT_MAX / 2, 1, "array too big");
    uint32_t count = (uint32_t)length;
    lua_createtable(L, (int)count, 0);
    for (uint32_t i = 1; i <= count; i++) {
        lua_geti(L, 1, i);
        lua_rawseti(L, 3, i);
    }
    uint32_t *order = lua_newuserdatauv(L, 2 * (size_t)count * sizeof *order, 0);
    uint32_t *spare = order + count;
    for (uint32_t i = 0; i < count; i++) order[i] = i + 1;
    for (uint32_t width = 1; width < count; width *= 2) {
        for (uint32_t low = 0; low < count; low += 2 * width) {
            uint32_t middle = low + width < count ? low + width : count;
            uint32_t high = low + 2 * width < count ? low + 2 * width : count;
            merge(L, order, spare, low, middle, high);
        }
        uint32_t *sorted = spare;
        spare = order;
        order = sorted;
    }
    for (uint32_t i = 0; i < count; i++) {
        lua_rawgeti(L, 3, order[i]);
        lua_seti(L, 1, (lua_Integer)i + 1);
    }
    return 0;
}

void sbx_install_sort(lua_State *L) {
    lua_pushcfunction(L, sort);
    lua_setfield(L, -2, "sort");
}
