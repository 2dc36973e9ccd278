// `math.random` from the call's seed: xoshiro256** as the interpreter has it, with its state outside of the
// arena so that nothing of the state's own seed shows.
#include "lib.h"

#include <lauxlib.h>
#include <string.h>

#include "fail.h"

#include "cuttable.h"

static uint64_t rotate(uint64_t x, int count) { return x << count | x >> (64 - count); }

static uint64_t next(uint64_t *state) {
    uint64_t result = rotate(state[1] * 5, 7) * 9;
    uint64_t shifted = state[1] << 17;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotate(state[3], 45);
    return result;
}

static void seed(uint64_t *state, uint64_t first, uint64_t second) {
    state[0] = first;
    state[1] = 0xFF;
    state[2] = second;
    state[3] = 0;
    for (int i = 0; i < 16; i++) next(state);
}

/// The generator's state, begun with the call's seed when it is first asked for.
static uint64_t *state_of(struct sbx *S) {
    if (!S->is_random_seeded) {
        S->is_random_seeded = true;
        seed(S->random, S->input ? S->input->seed : 0, 0);
    }
    return S->random;
}

/// A number from 0 to `most`, each as likely: those above it are thrown away.
static uint64_t below(uint64_t *state, uint64_t random, uint64_t most) {
    if ((most & (most + 1)) == 0) return random & most;
    uint64_t mask = UINT64_MAX >> __builtin_clzll(most);
    while ((random &= mask) > most) random = next(state);
    return random;
}

/// random(), random(m), random(m, n). May raise.
static int random_number(lua_State *L) {
    uint64_t *state = state_of(sbx_enter(L));
    uint64_t number = next(state);
    lua_Integer low, high;
    switch (lua_gettop(L)) {
    case 0: lua_pushnumber(L, (double)(number >> 11) * 0x1p-53); return 1;
    case 1:
        low = 1;
        high = luaL_checkinteger(L, 1);
        if (high == 0) {
            lua_pushinteger(L, (lua_Integer)number);
            return 1;
        }
        break;
    case 2:
        low = luaL_checkinteger(L, 1);
        high = luaL_checkinteger(L, 2);
        break;
    default: return luaL_error(L, "wrong number of arguments");
    }
    luaL_argcheck(L, low <= high, lua_gettop(L), "interval is empty");
    uint64_t range = (uint64_t)high - (uint64_t)low;
    lua_pushinteger(L, (lua_Integer)(below(state, number, range) + (uint64_t)low));
    return 1;
}

/// randomseed([x [, y]]) -> the two parts of the seed. Without arguments: the call's own seed. May raise.
static int random_seed(lua_State *L) {
    struct sbx *S = sbx_enter(L);
    lua_Integer first, second = 0;
    if (lua_isnone(L, 1)) {
        first = S->input ? (lua_Integer)S->input->seed : 0;
    } else {
        lua_Number number = luaL_checknumber(L, 1);
        if (lua_isinteger(L, 1)) first = lua_tointeger(L, 1);
        else memcpy(&first, &number, sizeof first);
        second = luaL_optinteger(L, 2, 0);
    }
    S->is_random_seeded = true;
    seed(S->random, (uint64_t)first, (uint64_t)second);
    lua_pushinteger(L, first);
    lua_pushinteger(L, second);
    return 2;
}

void sbx_install_random(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"random", random_number}, {"randomseed", random_seed}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
