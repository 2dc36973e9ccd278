// Source text becomes functions: the program's files, `require` and `load`.
#include "compile.h"

#include <lauxlib.h>
#include <string.h>

#include "fail.h"
#include "place.h"
#include "registry.h"

#include "cuttable.h"

const char *sbx_code_of(const char *text, size_t *length) {
    if (*length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        *length -= 3;
    }
    if (*length > 0 && text[0] == '#') {
        // The line's end stays, so that the lines keep their numbers.
        const char *end = memchr(text, '\n', *length);
        *length = end ? *length - (size_t)(end - text) : 0;
        if (end) text = end;
    }
    return text;
}

int sbx_compile(lua_State *L, const struct sbx_source *source, const char *prefix) {
    size_t length = source->text_length;
    const char *text = sbx_code_of(source->text, &length);
    lua_pushfstring(L, "%s%s", prefix, source->name);
    struct sbx_arena *arena = &sbx_of(L)->arena;
    bool was_settling = sbx_arena_settle(arena, true);
    int status = luaL_loadbufferx(L, text, length, lua_tostring(L, -1), "t");
    sbx_arena_settle(arena, was_settling);
    lua_remove(L, -2);
    return status;
}

/// require(name) -> what the module returned, or true. May raise.
static int require(lua_State *L) {
    static const char loading;
    struct sbx *S = sbx_enter(L);
    size_t length;
    const char *name = luaL_checklstring(L, 1, &length);
    lua_settop(L, 1);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &sbx_loaded_key);
    lua_pushvalue(L, 1);
    if (lua_rawget(L, 2) != LUA_TNIL) {
        if (lua_touserdata(L, 3) == &loading) {
            return luaL_error(L, "module '%s' requires itself while it is loaded", name);
        }
        return 1;
    }
    lua_pop(L, 1);
    const struct sbx_source *module = NULL;
    for (size_t i = 0; i < S->module_count && !module; i++) {
        const struct sbx_source *candidate = &S->modules[i];
        if (candidate->key_length == length && memcmp(candidate->key, name, length) == 0) {
            module = candidate;
        }
    }
    if (!module) return luaL_error(L, "module '%s' is not among the plugin's files", name);
    lua_pushvalue(L, 1);
    lua_pushlightuserdata(L, (void *)(uintptr_t)&loading);
    lua_rawset(L, 2);
    lua_pushcfunction(L, sbx_place_handler);
    int status = sbx_compile(L, module, "@");
    if (status == LUA_OK) {
        lua_pushvalue(L, 1);
        status = lua_pcall(L, 1, 1, 3);
    }
    if (status == LUA_OK && lua_isnil(L, -1)) {
        lua_pop(L, 1);
        lua_pushboolean(L, 1);
    }
    // What failed may be tried again.
    lua_pushvalue(L, 1);
    if (status == LUA_OK) lua_pushvalue(L, -2);
    else lua_pushnil(L);
    lua_rawset(L, 2);
    if (status != LUA_OK) return sbx_rethrow(L);
    return 1;
}

/// load(chunk [, name [, mode [, environment]]]), for text alone. Upvalue: the interpreter's own, which runs
/// in this function's frame, so that its errors name this one and its caller. May raise.
static int load(lua_State *L) {
    sbx_enter(L);
    if (lua_gettop(L) < 3) lua_settop(L, 3);
    bool is_taken = lua_type(L, 2) == LUA_TSTRING && sbx_is_of_library(lua_tostring(L, 2));
    luaL_argcheck(L, !is_taken, 2, "only the host's own chunks have such a name");
    const char *mode = luaL_optstring(L, 3, "t");
    if (!strchr(mode, 't')) {
        lua_pushnil(L);
        lua_pushliteral(L, "a chunk can be loaded from text alone");
        return 2;
    }
    lua_pushliteral(L, "t");
    lua_replace(L, 3);
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

void sbx_install_loaders(lua_State *L) {
    lua_newtable(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &sbx_loaded_key);
    lua_pushcfunction(L, require);
    lua_setfield(L, -2, "require");
    lua_getfield(L, -1, "load");
    lua_pushcclosure(L, load, 1);
    lua_setfield(L, -2, "load");
}
