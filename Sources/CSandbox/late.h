// Tables among a call's arguments that are made when the program looks at them as a whole, and not before.
//
// Until then such a table is empty but for a number, under a key that no program has, and a metatable that none
// sees. Reading a key answers it from the host's bytes. Whatever else may be done with a table makes it first:
// every function of ours that looks into a table calls `sbx_make_late`, and the interpreter's own go through the
// metatable. So no program can tell.
//
// What such a table is to have is among the arguments, or the host gives it when the program first looks: so it does not
// encode what hardly any call of a function looks at.
#ifndef SBX_LATE_H
#define SBX_LATE_H

#include <lua.h>
#include <stdbool.h>

#include "state.h"

/// A load or call that has its input begins without late tables. Does not touch the stack.
void sbx_begin_late(struct sbx *S);

/// Pushes a table that is made later. False, and nothing pushed, if the call has too many. May raise (memory).
bool sbx_push_late(lua_State *L, struct sbx_late late);

/// Makes the table at `index` if it is a late one; leaves everything else alone. Stack: unchanged. May raise (memory).
void sbx_make_late(lua_State *L, int index);

/// Keeps the metatable of late tables. Stack: unchanged. May raise.
void sbx_open_late(lua_State *L);

#endif
