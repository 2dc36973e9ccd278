// The fixed order of a table's keys: whole numbers and other numbers upwards, strings by their bytes,
// false and true, and the rest as they lie.
#include <string.h>

#include "sandbox.h"

#include "cuttable.h"

/// A key while it is sorted. Its value stands in the list of keys at `position`, which also keeps a
/// string alive.
struct key {
    uint8_t rank;
    bool is_integer;
    lua_Integer integer;
    lua_Number number;
    const char *text;
    size_t length;
    lua_Integer position;
};

enum { RANK_NUMBER, RANK_STRING, RANK_FALSE, RANK_TRUE, RANK_OTHER };

static int compare_numbers(const struct key *a, const struct key *b) {
    if (a->is_integer && b->is_integer) return (a->integer > b->integer) - (a->integer < b->integer);
    if (a->number != b->number) return a->number < b->number ? -1 : 1;
    // An integer beyond 2^53 beside the double it rounds to: the integer stands first.
    return (int)b->is_integer - (int)a->is_integer;
}

static int compare(const struct key *a, const struct key *b) {
    if (a->rank != b->rank) return a->rank < b->rank ? -1 : 1;
    if (a->rank == RANK_NUMBER) return compare_numbers(a, b);
    if (a->rank == RANK_STRING) {
        size_t shared = a->length < b->length ? a->length : b->length;
        int order = memcmp(a->text, b->text, shared);
        if (order) return order;
        return (a->length > b->length) - (a->length < b->length);
    }
    return 0;
}

/// A merge sort, from small runs to large ones; `spare` has as much room. Returns where the result lies.
static struct key *sort(struct key *keys, struct key *spare, size_t count) {
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t low = 0; low < count; low += 2 * width) {
            size_t middle = low + width < count ? low + width : count;
            size_t high = low + 2 * width < count ? low + 2 * width : count;
            size_t left = low, right = middle;
            for (size_t to = low; to < high; to++) {
                bool takes_left =
                    left < middle && (right >= high || compare(&keys[left], &keys[right]) <= 0);
                spare[to] = keys[takes_left ? left++ : right++];
            }
        }
        struct key *sorted = spare;
        spare = keys;
        keys = sorted;
    }
    return keys;
}

void sbx_push_ordered_keys(lua_State *L, int index) {
    index = lua_absindex(L, index);
    luaL_checkstack(L, 6, NULL);
    size_t count = 0;
    lua_pushnil(L);
    while (lua_next(L, index)) {
        lua_pop(L, 1);
        count++;
    }
    lua_createtable(L, (int)count, 0);
    int result = lua_gettop(L);
    lua_createtable(L, (int)count, 0);
    int lying = lua_gettop(L);
    struct key *keys = lua_newuserdatauv(L, (2 * count + 1) * sizeof *keys, 0);
    size_t number = 0;
    lua_pushnil(L);
    while (lua_next(L, index) && number < count) {
        lua_pop(L, 1);
        struct key *key = &keys[number++];
        memset(key, 0, sizeof *key);
        key->position = (lua_Integer)number;
        switch (lua_type(L, -1)) {
        case LUA_TNUMBER:
            key->rank = RANK_NUMBER;
            key->is_integer = lua_isinteger(L, -1);
            key->integer = key->is_integer ? lua_tointeger(L, -1) : 0;
            key->number = lua_tonumber(L, -1);
            break;
        case LUA_TSTRING:
            key->rank = RANK_STRING;
            key->text = lua_tolstring(L, -1, &key->length);
            break;
        case LUA_TBOOLEAN: key->rank = lua_toboolean(L, -1) ? RANK_TRUE : RANK_FALSE; break;
        default: key->rank = RANK_OTHER; break;
        }
        lua_pushvalue(L, -1);
        lua_rawseti(L, lying, key->position);
    }
    struct key *sorted = sort(keys, keys + count, number);
    for (size_t i = 0; i < number; i++) {
        lua_rawgeti(L, lying, sorted[i].position);
        lua_rawseti(L, result, (lua_Integer)i + 1);
    }
    lua_settop(L, result);
}
