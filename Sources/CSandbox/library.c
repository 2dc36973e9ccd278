// What a plugin sees: the interpreter's libraries cut down to a list of names, and what replaces some of
// them. Whatever is not on a list is not reachable: the libraries are opened in a table of their own, the
// named functions are copied into new tables, and the rest is collected with it.
#include "library.h"

#include <lauxlib.h>
#include <lualib.h>

#include "compile.h"
#include "fail.h"
#include "late.h"
#include "lib.h"
#include "registry.h"
#include "state.h"

#include "cuttable.h"

static const char *const base_names[] = {
    "assert", "error", "ipairs", "load", "rawequal", "rawlen", "select", "tonumber",
    "type", NULL};
static const char *const string_names[] = {
    "byte", "char", "find",     "format", "gmatch", "gsub", "len",    "lower", "match",
    "pack", "rep",  "packsize", "reverse", "sub",   "unpack", "upper", NULL};
static const char *const table_names[] = {
    "concat", "insert", "move", "pack", "remove", "unpack", NULL};
static const char *const math_names[] = {
    "abs", "acos", "asin", "atan", "ceil", "cos",  "deg",  "exp", "floor",      "fmod",       "log",
    "max", "min",  "modf", "rad",  "sin",  "sqrt", "tan",  "type", "tointeger", "ult",        "huge",
    "pi",  "maxinteger", "mininteger", NULL};
static const char *const utf8_names[] = {
    "char", "charpattern", "codepoint", "codes", "len", "offset", NULL};
static const char *const coroutine_names[] = {
    "close", "create", "isyieldable", "running", "status", "yield", NULL};

/// Opens a library and pushes a new table with the named parts of it. May raise.
static void push_selection(lua_State *L, lua_CFunction open, const char *const *names) {
    lua_pushcfunction(L, open);
    lua_call(L, 0, 1);
    lua_newtable(L);
    for (; *names; names++) {
        lua_getfield(L, -2, *names);
        lua_setfield(L, -2, *names);
    }
    lua_remove(L, -2);
}

/// Stack: the globals on top, unchanged. May raise.
static void add_library(
    lua_State *L, const char *name, lua_CFunction open, const char *const *names,
    void (*install)(lua_State *)) {
    struct sbx_arena *arena = &sbx_of(L)->arena;
    bool was_settling = sbx_arena_settle(arena, true);
    push_selection(L, open, names);
    if (install) install(L);
    sbx_arena_settle(arena, was_settling);
    lua_setfield(L, -2, name);
}

/// Pushes what an operand of a comparison is, for a message. Stack: +1. May raise (memory).
static void push_operand(lua_State *L, int index) {
    switch (lua_type(L, index)) {
    case LUA_TSTRING: {
        size_t length;
        const char *text = lua_tolstring(L, index, &length);
        bool is_long = length > 40;
        lua_pushliteral(L, "the string \"");
        lua_pushlstring(L, text, is_long ? 40 : length);
        lua_pushstring(L, is_long ? "...\"" : "\"");
        lua_concat(L, 3);
        break;
    }
    case LUA_TNUMBER:
        lua_pushliteral(L, "the number ");
        lua_pushvalue(L, index);
        lua_concat(L, 2);
        break;
    default: lua_pushstring(L, luaL_typename(L, index));
    }
}

/// Compares a string with what is not one: by the other value's own `event` if it has it, else by an error that
/// says both. May raise.
static int compare_with_string(lua_State *L, const char *event) {
    sbx_enter(L);
    lua_settop(L, 2);
    int other = lua_type(L, 1) == LUA_TSTRING ? 2 : 1;
    if (luaL_getmetafield(L, other, event) != LUA_TNIL) {
        lua_insert(L, 1);
        lua_call(L, 2, 1);
        return 1;
    }
    push_operand(L, 1);
    push_operand(L, 2);
    return luaL_error(L, "attempt to compare %s with %s", lua_tostring(L, -2), lua_tostring(L, -1));
}

static int is_less(lua_State *L) { return compare_with_string(L, "__lt"); }
static int is_at_most(lua_State *L) { return compare_with_string(L, "__le"); }

/// Makes the new string table the one that methods of strings are found in, and says both values where a string is
/// compared with something else. Stack: the globals on top,
/// unchanged. May raise.
static void direct_string_methods(lua_State *L) {
    lua_pushliteral(L, "");
    lua_getmetatable(L, -1);
    lua_getfield(L, -3, "string");
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, is_less);
    lua_setfield(L, -2, "__lt");
    lua_pushcfunction(L, is_at_most);
    lua_setfield(L, -2, "__le");
    lua_pop(L, 2);
}

void sbx_open_library(lua_State *L) {
    lua_newtable(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &sbx_functions_key);
    lua_newtable(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &sbx_list_key);
    sbx_open_late(L);

    // The interpreter fills its own table of globals; the one that plugins get takes its place.
    push_selection(L, luaopen_base, base_names);
    lua_pushvalue(L, -1);
    lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "_G");
    lua_pushliteral(L, LUA_VERSION);
    lua_setfield(L, -2, "_VERSION");
    sbx_install_texts(L);
    sbx_install_pairs(L);
    sbx_install_metatables(L);
    sbx_install_protection(L);
    struct sbx *S = sbx_of(L);
    lua_getfield(L, -1, "error");
    S->own_error = lua_tocfunction(L, -1);
    lua_getfield(L, -2, "assert");
    S->own_assert = lua_tocfunction(L, -1);
    lua_pop(L, 2);
    sbx_install_loaders(L);
    sbx_install_printers(L);

    add_library(L, "string", luaopen_string, string_names, sbx_install_format);
    direct_string_methods(L);
    add_library(L, "table", luaopen_table, table_names, sbx_install_sort);
    add_library(L, "math", luaopen_math, math_names, sbx_install_random);
    add_library(L, "utf8", luaopen_utf8, utf8_names, NULL);
    add_library(L, "coroutine", luaopen_coroutine, coroutine_names, sbx_install_resuming);
    lua_newtable(L);
    sbx_install_time(L);
    lua_setfield(L, -2, "os");
    bool was_settling = sbx_arena_settle(&S->arena, true);
    sbx_name_functions(L);
    sbx_arena_settle(&S->arena, was_settling);
    lua_pop(L, 1);
}

/// liblua exports it, and no header declares it.
extern const char lua_ident[];

const char *sbx_lua_release(void) { return lua_ident; }
