// `print` and `warn` write to the log.
#include "lib.h"

#include <lauxlib.h>

#include "fail.h"
#include "json.h"
#include "log.h"

#include "cuttable.h"

/// print(...): its arguments as people read them, with tabs between them, at level info. May raise.
static int print(lua_State *L) {
    sbx_enter(L)->host_calls++;
    int count = lua_gettop(L);
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    for (int i = 1; i <= count; i++) {
        if (i > 1) luaL_addchar(&buffer, '\t');
        sbx_push_shown(L, i);
        luaL_addvalue(&buffer);
    }
    luaL_pushresult(&buffer);
    size_t length;
    const char *text = lua_tolstring(L, -1, &length);
    sbx_log(L, "info", 4, text, length, 0);
    return 0;
}

/// warn(...): its texts one behind the other, at level warn. May raise.
static int warn(lua_State *L) {
    sbx_enter(L)->host_calls++;
    int count = lua_gettop(L);
    luaL_checkstring(L, 1);
    for (int i = 2; i <= count; i++) luaL_checkstring(L, i);
    lua_concat(L, count);
    size_t length;
    const char *text = lua_tolstring(L, -1, &length);
    sbx_log(L, "warn", 4, text, length, 0);
    return 0;
}

void sbx_install_printers(lua_State *L) {
    static const luaL_Reg functions[] = {{"print", print}, {"warn", warn}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
