// See order.h.
#include "order.h"

#include <lauxlib.h>
#include <string.h>

#include "code.h"
#include "state.h"

#include "cuttable.h"

enum { RANK_NUMBER, RANK_STRING, RANK_FALSE, RANK_TRUE, RANK_OBJECT, RANK_LUA_FUNCTION, RANK_OUR_FUNCTION };

void sbx_key_read(lua_State *L, int index, struct sbx_key *key) {
    key->is_integer = false;
    switch (lua_type(L, index)) {
    case LUA_TNUMBER:
        key->rank = RANK_NUMBER;
        key->is_integer = lua_isinteger(L, index);
        key->integer = key->is_integer ? lua_tointeger(L, index) : 0;
        key->number = lua_tonumber(L, index);
        return;
    case LUA_TSTRING:
        key->rank = RANK_STRING;
        key->text = lua_tolstring(L, index, &key->length);
        return;
    case LUA_TBOOLEAN: key->rank = lua_toboolean(L, index) ? RANK_TRUE : RANK_FALSE; return;
    default: break;
    }
    struct sbx_arena *arena = &sbx_of(L)->arena;
    key->address = (uintptr_t)lua_topointer(L, index);
    if (key->address >= (uintptr_t)arena->start && key->address < (uintptr_t)arena->end) {
        key->rank = RANK_OBJECT;
    } else {
        // Functions in C and the null: by their places in the code, that of the interpreter first.
        key->rank = sbx_is_in_interpreter(key->address) ? RANK_LUA_FUNCTION : RANK_OUR_FUNCTION;
    }
}

static int compare_numbers(const struct sbx_key *a, const struct sbx_key *b) {
    if (a->is_integer && b->is_integer) return (a->integer > b->integer) - (a->integer < b->integer);
    if (a->number != b->number) return a->number < b->number ? -1 : 1;
    // An integer beyond 2^53 beside the double it rounds to: the integer comes first.
    return (int)b->is_integer - (int)a->is_integer;
}

int sbx_key_compare(const struct sbx_key *a, const struct sbx_key *b) {
    if (a->rank != b->rank) return a->rank < b->rank ? -1 : 1;
    switch (a->rank) {
    case RANK_NUMBER: return compare_numbers(a, b);
    case RANK_STRING: {
        size_t shared = a->length < b->length ? a->length : b->length;
        int order = memcmp(a->text, b->text, shared);
        if (order) return order;
        return (a->length > b->length) - (a->length < b->length);
    }
    case RANK_FALSE:
    case RANK_TRUE: return 0;
    default: return (a->address > b->address) - (a->address < b->address);
    }
}

/// A merge sort, from small runs to large ones; `spare` has as much room. Returns where the result lies.
static struct sbx_key *sort(struct sbx_key *keys, struct sbx_key *spare, size_t count) {
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t low = 0; low < count; low += 2 * width) {
            size_t middle = low + width < count ? low + width : count;
            size_t high = low + 2 * width < count ? low + 2 * width : count;
            size_t left = low, right = middle;
            for (size_t to = low; to < high; to++) {
                bool takes_left =
                    left < middle && (right >= high || sbx_key_compare(&keys[left], &keys[right]) <= 0);
                spare[to] = keys[takes_left ? left++ : right++];
            }
        }
        struct sbx_key *sorted = spare;
        spare = keys;
        keys = sorted;
    }
    return keys;
}

/// The keys of a table that has few: they are kept on the stack. Stack: as sbx_push_ordered_keys.
static void push_few(lua_State *L, int index, size_t count) {
    enum { FEW = SBX_FEW_KEYS };
    struct sbx_key keys[FEW], spare[FEW];
    int base = lua_gettop(L);
    size_t number = 0;
    lua_pushnil(L);
    while (number < count && lua_next(L, index)) {
        // The value's place is taken by a copy of the key, which the next step takes away.
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        struct sbx_key *key = &keys[number++];
        sbx_key_read(L, -1, key);
        key->position = base + (lua_Integer)number;
    }
    struct sbx_key *sorted = sort(keys, spare, number);
    lua_createtable(L, (int)number, 0);
    for (size_t i = 0; i < number; i++) {
        lua_pushvalue(L, (int)sorted[i].position);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_replace(L, base + 1);
    lua_settop(L, base + 1);
}

/// Any number of keys. Stack: as sbx_push_ordered_keys.
static void push_many(lua_State *L, int index, size_t count) {
    lua_createtable(L, (int)count, 0);
    int result = lua_gettop(L);
    lua_createtable(L, (int)count, 0);
    int lying = lua_gettop(L);
    struct sbx_key *keys = lua_newuserdatauv(L, 2 * count * sizeof *keys, 0);
    size_t number = 0;
    lua_pushnil(L);
    while (number < count && lua_next(L, index)) {
        lua_pop(L, 1);
        struct sbx_key *key = &keys[number++];
        sbx_key_read(L, -1, key);
        key->position = (lua_Integer)number;
        lua_pushvalue(L, -1);
        lua_rawseti(L, lying, key->position);
    }
    struct sbx_key *sorted = sort(keys, keys + count, number);
    for (size_t i = 0; i < number; i++) {
        lua_rawgeti(L, lying, sorted[i].position);
        lua_rawseti(L, result, (lua_Integer)i + 1);
    }
    lua_settop(L, result);
}

bool sbx_is_sequence(lua_State *L, int index, lua_Integer *count) {
    lua_Integer number = 0;
    bool is_sequence = true;
    lua_pushnil(L);
    while (lua_next(L, index)) {
        lua_pop(L, 1);
        number++;
        if (is_sequence) is_sequence = lua_isinteger(L, -1) && lua_tointeger(L, -1) == number;
    }
    *count = number;
    return is_sequence;
}

void sbx_push_ordered_keys(lua_State *L, int index, lua_Integer count) {
    index = lua_absindex(L, index);
    luaL_checkstack(L, SBX_FEW_KEYS + 4, NULL);
    if (count <= SBX_FEW_KEYS) push_few(L, index, (size_t)count);
    else push_many(L, index, (size_t)count);
}
