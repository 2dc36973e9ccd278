// `setmetatable` without finalizers, and `getmetatable` for tables alone: the metatable of strings is
// everyone's.
#include "lib.h"

#include <lauxlib.h>

#include "declared.h"
#include "fail.h"
#include "late.h"
#include "marks.h"

#include "cuttable.h"

/// getmetatable(value). May raise.
static int get_metatable(lua_State *L) {
    luaL_checkany(L, 1);
    sbx_make_late(L, 1);
    bool is_hidden =
        lua_type(L, 1) != LUA_TTABLE || sbx_is_marked_list(L, 1) || sbx_is_declared(L, 1) ||
        !lua_getmetatable(L, 1);
    if (is_hidden) lua_pushnil(L);
    else luaL_getmetafield(L, 1, "__metatable");
    return 1;
}

/// setmetatable(table, metatable). May raise.
static int set_metatable(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    int type = lua_type(L, 2);
    luaL_argexpected(L, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table");
    lua_settop(L, 2);
    sbx_make_late(L, 1);
    if (type == LUA_TTABLE) sbx_make_late(L, 2);
    if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) {
        return luaL_error(L, "cannot change a protected metatable");
    }
    if (type == LUA_TTABLE) {
        // Finalizers run when the collector comes to them, where no count is kept. One that is set later
        // does nothing: the interpreter looks for it here.
        lua_pushliteral(L, "__gc");
        if (lua_rawget(L, 2) != LUA_TNIL) return luaL_argerror(L, 2, "a metatable may not have '__gc' here");
    }
    lua_settop(L, 2);
    lua_setmetatable(L, 1);
    return 1;
}

void sbx_install_metatables(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"getmetatable", get_metatable}, {"setmetatable", set_metatable}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
