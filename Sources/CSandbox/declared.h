// Tables of which the host says which keys they may have.
//
// Such a table is a plain one but for a metatable that no program sees. Reading a key that it has costs nothing more.
// A key that it may have is nil as in any table; another one is handed to a function of the host's library, which raises
// an error, where the plugin's own code reads it. What the library's functions read for the plugin, as `string.gsub` does,
// is nil. A program that gives the table a metatable of its own takes this one off.
#ifndef SBX_DECLARED_H
#define SBX_DECLARED_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

/// So many metatables are part of the image; a call makes the others that it needs.
enum { SBX_DECLARED_KEPT = 6 };

/// Makes the table on top of the stack one of those that the input declares by their number. `names` is where the table
/// of known names is. Does nothing in a program whose library does not want it. Stack: unchanged. May raise (memory).
void sbx_declare(lua_State *L, int names, uint32_t number);

/// What happens where a program reads a key, the string at `index`, that a table of this number does not have: raises if no such
/// table may have it and the plugin's own code reads it. To be called by the function that the interpreter called for
/// the key. Stack: unchanged.
void sbx_read_undeclared(lua_State *L, uint32_t number, int index);

/// Whether the table at `index` is such a table. Does not raise.
bool sbx_is_declared(lua_State *L, int index);

/// declare(function): from now on the tables are made, and the function is called with what begins the message, the
/// key and the list of keys when a program reads a key that a table may not have. Once only, at loading.
/// declare(table, number): makes the table one of those that each call's input declares.
int sbx_declare_tables(lua_State *L);

#endif
