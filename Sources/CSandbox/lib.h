// The pieces of the library that plugins see. Each is called once while a state is built, with the table
// that it belongs to on top of the stack, and leaves the stack as it was. All may raise.
#ifndef SBX_LIB_H
#define SBX_LIB_H

#include <lua.h>

void sbx_install_texts(lua_State *L);      // into the globals: tostring
void sbx_install_format(lua_State *L);     // into string: format
void sbx_install_pairs(lua_State *L);      // into the globals: pairs, next, rawget, rawset
void sbx_install_metatables(lua_State *L); // into the globals: getmetatable, setmetatable
void sbx_install_sort(lua_State *L);       // into table: sort
void sbx_install_protection(lua_State *L); // into the globals: pcall, xpcall
void sbx_install_printers(lua_State *L);   // into the globals: print, warn
void sbx_install_random(lua_State *L);     // into math: random, randomseed
void sbx_install_time(lua_State *L);       // into os: time, date
void sbx_install_resuming(lua_State *L);   // into coroutine: resume, wrap

/// Keeps the names of all functions of the library, for messages. Stack: the globals on top, unchanged.
void sbx_name_functions(lua_State *L);

#endif
