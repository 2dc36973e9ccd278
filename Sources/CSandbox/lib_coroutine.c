// `coroutine.resume` and `coroutine.wrap`. The interpreter counts instructions for each coroutine apart,
// and short ones would end before their count is looked at: each resumption is charged one interval.
#include "lib.h"

#include <lauxlib.h>
#include <string.h>

#include "fail.h"
#include "headroom.h"
#include "place.h"

#include "cuttable.h"

/// Resumes `co` with `count` values from the top of `L`. Returns how many results it left on `co`'s stack,
/// or -1 with an error there. Does not raise, but for the count.
static int resume(lua_State *L, lua_State *co, int count, int *results) {
    struct sbx *S = sbx_enter(L);
    if (S->instruction_limit) sbx_charge(S, L, SBX_HOOK_INTERVAL);
    if (!lua_checkstack(co, count + SBX_HEADROOM_SLOTS)) {
        lua_pushliteral(co, "too many arguments to resume");
        return -1;
    }
    sbx_keep_headroom(S, co);
    lua_xmove(L, co, count);
    bool is_dead = lua_status(co) != LUA_OK && lua_status(co) != LUA_YIELD;
    struct sbx_resumer here = {L, S->resumer};
    S->resumer = &here;
    S->current = co;
    int status = lua_resume(co, L, count, results);
    S->current = L;
    S->resumer = here.outer;
    sbx_keep_headroom(S, L);
    if (status == LUA_OK || status == LUA_YIELD) return *results;
    S->asker = NULL;
    // One that had failed before still has the frames of that failure, which say nothing about this one.
    S->error_is_placed = S->error_is_placed || is_dead;
    return -1;
}

/// Moves the results of `co`, or its error. False if there is no room for them.
static bool take_results(lua_State *L, lua_State *co, int count) {
    if (!lua_checkstack(L, count + 1)) {
        lua_pop(co, count);
        lua_pushliteral(L, "too many results to resume");
        return false;
    }
    lua_xmove(co, L, count);
    return true;
}

/// Moves the error that ended `co`, with its place. Stack: pushes one value. May raise (memory).
static void take_error(lua_State *L, lua_State *co) {
    lua_xmove(co, L, 1);
    sbx_place_error(L, co, 0);
}

/// Puts the place of the caller before the text on top of the stack, unless it begins with it. May raise
/// (memory).
static void add_place(lua_State *L) {
    luaL_where(L, 1);
    size_t length, count;
    const char *text = lua_tolstring(L, -2, &length), *place = lua_tolstring(L, -1, &count);
    if (length >= count && memcmp(text, place, count) == 0) {
        lua_pop(L, 1);
        return;
    }
    lua_insert(L, -2);
    lua_concat(L, 2);
}

static lua_State *check_coroutine(lua_State *L) {
    lua_State *co = lua_tothread(L, 1);
    luaL_argexpected(L, co, 1, "coroutine");
    return co;
}

/// resume(co, ...) -> true and results, or false and the error. May raise.
static int resume_protected(lua_State *L) {
    lua_State *co = check_coroutine(L);
    int count = 0;
    int results = resume(L, co, lua_gettop(L) - 1, &count);
    if (results >= 0 && take_results(L, co, results)) {
        lua_pushboolean(L, 1);
        lua_insert(L, -(results + 1));
        return results + 1;
    }
    if (results < 0) take_error(L, co);
    lua_pushboolean(L, 0);
    lua_insert(L, -2);
    return 2;
}

/// What `wrap` returns. Upvalue: the coroutine. May raise.
static int resume_wrapped(lua_State *L) {
    lua_State *co = lua_tothread(L, lua_upvalueindex(1));
    int count = 0;
    int results = resume(L, co, lua_gettop(L), &count);
    if (results >= 0 && take_results(L, co, results)) return results;
    if (results < 0) {
        int status = lua_status(co);
        if (status != LUA_OK && status != LUA_YIELD) {
            // It ended by an error: its pending variables are closed, which may change the error.
            take_error(L, co);
            lua_xmove(L, co, 1);
            lua_resetthread(co);
            lua_xmove(co, L, 1);
        } else {
            lua_xmove(co, L, 1);
        }
        if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) add_place(L);
    }
    return sbx_rethrow(L);
}

/// wrap(function) -> function. May raise.
static int wrap(lua_State *L) {
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_State *co = lua_newthread(L);
    lua_pushvalue(L, 1);
    lua_xmove(L, co, 1);
    lua_pushcclosure(L, resume_wrapped, 1);
    return 1;
}

void sbx_install_resuming(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"resume", resume_protected}, {"wrap", wrap}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
