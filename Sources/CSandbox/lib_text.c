// `tostring` and `string.format`, which show no addresses.
#include "lib.h"

#include <lauxlib.h>
#include <string.h>

#include "fail.h"
#include "marks.h"
#include "tostring.h"

#include "cuttable.h"

static inline bool is_not_a_number(lua_State *L, int index) {
    lua_Number number = lua_tonumber(L, index);
    return number != number;
}

/// tostring(value). May raise.
static int to_text(lua_State *L) {
    sbx_enter(L);
    luaL_checkany(L, 1);
    sbx_push_text(L, 1);
    return 1;
}

void sbx_install_texts(lua_State *L) {
    lua_pushcfunction(L, to_text);
    lua_setfield(L, -2, "tostring");
}

/// Makes what is not a number one without a sign: processors differ in which sign they give it.
static inline void replace_not_a_number(lua_State *L, int index) {
    if (!is_not_a_number(L, index)) return;
    lua_pushnumber(L, __builtin_nan(""));
    lua_replace(L, index);
}

/// Whether the character may be between `%` and the letter that ends a conversion.
static inline bool is_of_conversion(char c) {
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == ' ' || c == '#' || c == '.';
}

/// string.format(format, ...). What `%s` and `%p` show is made a text before the interpreter's own
/// function, the upvalue, gets it; `%p` becomes `%s`, and what is not a number loses its sign. The own function
/// runs in this one's frame, so that its errors name this one and its caller. Needs no more of the stack than
/// every function of C is given. May raise.
static int format(lua_State *L) {
    sbx_enter(L);
    size_t length;
    const char *text = luaL_checklstring(L, 1, &length);
    int count = lua_gettop(L), argument = 1;
    char *changed = NULL;
    for (size_t i = 0; i < length; i++) {
        if (text[i] != '%') continue;
        i++;
        if (i < length && text[i] == '%') continue;
        while (i < length && is_of_conversion(text[i])) i++;
        argument++;
        if (i >= length || argument > count) continue;
        if (lua_type(L, argument) == LUA_TNUMBER) replace_not_a_number(L, argument);
        bool is_pointer = text[i] == 'p';
        if (!is_pointer && text[i] != 's') continue;
        if (is_pointer) {
            if (!changed) {
                changed = lua_newuserdatauv(L, length + 1, 0);
                memcpy(changed, text, length + 1);
            }
            changed[i] = 's';
        } else if (lua_type(L, argument) == LUA_TSTRING) {
            continue;
        } else if (sbx_is_secret(L, argument)) {
            // Its text for people would be taken for the secret.
            return luaL_argerror(L, argument, "a secret is joined with texts by '..'");
        }
        if (is_pointer) lua_pushstring(L, luaL_typename(L, argument));
        else sbx_push_text(L, argument);
        lua_replace(L, argument);
    }
    if (changed) {
        lua_pushlstring(L, changed, length);
        lua_replace(L, 1);
    }
    lua_settop(L, count);
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

void sbx_install_format(lua_State *L) {
    lua_getfield(L, -1, "format");
    lua_pushcclosure(L, format, 1);
    lua_setfield(L, -2, "format");
}
