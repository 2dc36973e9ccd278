#include "tostring.h"

#include <lauxlib.h>

#include "marks.h"

#include "cuttable.h"

static inline bool is_not_a_number(lua_State *L, int index) {
    lua_Number number = lua_tonumber(L, index);
    return number != number;
}

void sbx_push_text(lua_State *L, int index) {
    index = lua_absindex(L, index);
    if (luaL_callmeta(L, index, "__tostring")) {
        if (lua_type(L, -1) != LUA_TSTRING) luaL_error(L, "'__tostring' must return a string");
        return;
    }
    switch (lua_type(L, index)) {
    case LUA_TNUMBER:
        if (is_not_a_number(L, index)) {
            lua_pushliteral(L, "nan");
            return;
        }
        luaL_tolstring(L, index, NULL);
        return;
    case LUA_TNIL:
    case LUA_TBOOLEAN:
    case LUA_TSTRING: luaL_tolstring(L, index, NULL); return;
    case LUA_TLIGHTUSERDATA:
        if (lua_touserdata(L, index) == SBX_NULL) {
            lua_pushliteral(L, "null");
            return;
        }
        break;
    default: break;
    }
    lua_pushstring(L, luaL_typename(L, index));
}
