// The names of the library's functions, for messages. The interpreter takes the name by which a function
// is called from the calling Lua code. Where there is none, as in `pcall(string.rep)`, it looks for the
// function in the tables of `_LOADED`: here those are copies that no plugin can change.
#include "lib.h"

#include <lauxlib.h>

#include "cuttable.h"

/// Copies the functions of the table at `index` into a new table, and pushes that. May raise (memory).
static void push_functions(lua_State *L, int index) {
    lua_newtable(L);
    lua_pushnil(L);
    while (lua_next(L, index)) {
        if (!lua_isfunction(L, -1)) {
            lua_pop(L, 1);
            continue;
        }
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, -4);
    }
}

/// Names the function that the library's `maker` returns for the value on top of the stack, which is taken. Stack:
/// the library and its names below that, unchanged. May raise.
static void name_iterator(lua_State *L, const char *maker) {
    lua_getfield(L, -3, maker);
    lua_insert(L, -2);
    lua_call(L, 1, 1);
    lua_setfield(L, -2, "for iterator");
}

void sbx_name_functions(lua_State *L) {
    static const struct {
        const char *name;
        /// A function that returns one which is not in the library, and takes any text.
        const char *iterated;
    } libraries[] = {
        {"_G", "ipairs"}, {"string", NULL},    {"table", NULL}, {"math", NULL},
        {"utf8", "codes"}, {"coroutine", NULL}, {"os", NULL},
    };
    lua_newtable(L);
    const int loaded = lua_gettop(L);
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        lua_getfield(L, loaded - 1, libraries[i].name);
        push_functions(L, lua_gettop(L));
        if (libraries[i].iterated) {
            lua_pushstring(L, "");
            name_iterator(L, libraries[i].iterated);
        }
        lua_setfield(L, loaded, libraries[i].name);
        lua_settop(L, loaded);
    }
    lua_setfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
}
