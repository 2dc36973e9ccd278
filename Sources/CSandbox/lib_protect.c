// `pcall` and `xpcall`: as the interpreter's own, but an error gets the place that it lacks (place.c).
#include "lib.h"

#include <lauxlib.h>

#include "fail.h"
#include "place.h"

#include "cuttable.h"

/// What both return: `true` and the results, which are already above the first `skipped` slots, or `false`
/// and the error. Also where they go on after a yield inside of them. Does not raise.
static int finish(lua_State *L, int status, lua_KContext skipped) {
    if (status == LUA_OK || status == LUA_YIELD) return lua_gettop(L) - (int)skipped;
    sbx_of(L)->asker = NULL;
    lua_pushboolean(L, 0);
    lua_pushvalue(L, -2);
    return 2;
}

/// pcall(function, ...) -> true and the results, or false and the error. May raise.
static int protect(lua_State *L) {
    sbx_enter(L);
    luaL_checkany(L, 1);
    lua_pushcfunction(L, sbx_place_handler);
    lua_pushboolean(L, 1);
    lua_rotate(L, 1, 2);
    int status = lua_pcallk(L, lua_gettop(L) - 3, LUA_MULTRET, 1, 1, finish);
    return finish(L, status, 1);
}

/// The handler that was given, behind the one that gives the place. Upvalue: the function. May raise.
static int place_and_handle(lua_State *L) {
    sbx_place_handler(L);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, 1, 1);
    return 1;
}

/// xpcall(function, handler, ...) -> as pcall, but the error is what the handler returns. May raise.
static int protect_with(lua_State *L) {
    sbx_enter(L);
    int count = lua_gettop(L);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_pushvalue(L, 2);
    lua_pushcclosure(L, place_and_handle, 1);
    lua_replace(L, 2);
    lua_pushboolean(L, 1);
    lua_pushvalue(L, 1);
    lua_rotate(L, 3, 2);
    int status = lua_pcallk(L, count - 2, LUA_MULTRET, 2, 2, finish);
    return finish(L, status, 2);
}

void sbx_install_protection(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"pcall", protect}, {"xpcall", protect_with}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
