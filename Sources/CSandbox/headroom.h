// Room on the stacks for `..` with a secret.
//
// Debian's liblua 5.4.4 keeps a pointer into the stack over the metamethod of a concatenation. If the metamethod's call
// makes the stack larger, which may move it, and the concatenation has more operands to the left, the interpreter goes
// on where the stack was. A program's own metamethod that does so is a crash, which is contained; `"a" .. secret .. "b"`
// must not be one.
//
// So every function of a program that may hold a secret is called with so much room behind its own part of the stack
// that the metamethod, a function of C, needs no more:
//   - when the first secret of a call is made, what is on the stack of its coroutine gets room, for as many slots as
//     one function may have;
//   - from then on a hook gives room to each function of Lua that is called;
//   - a coroutine gets both when it is resumed, and what resumed it when it is back.
// The collector moves stacks too, to make them smaller, and the metamethod allocates. So for the rest of such a call it is
// stopped: the hook has it collect where that is safe, and what Lua collects for lack of memory leaves stacks alone.
// After the former, and after an error, a stack may be twice as large as what is used of it. So that this is enough, the
// outermost function of each stack has some slots more than it needs.
#ifndef SBX_HEADROOM_H
#define SBX_HEADROOM_H

#include <lua.h>

#include "state.h"

enum {
    /// How many slots the metamethod takes: those of any function of C, itself, its arguments, and one.
    SBX_HEADROOM_SLOTS = LUA_MINSTACK + 4,
};

/// Gives the outermost function of a load or call its slots, and room if secrets are in the image. May end the call (memory).
void sbx_begin_headroom(struct sbx *S, lua_State *L);

/// Gives the call room for secrets, if it does not have it yet. `L` is the coroutine that runs. May end the call (memory).
void sbx_make_headroom(struct sbx *S, lua_State *L);

/// Gives room to a coroutine, if the call has secrets: one that is about to run, or goes on. May end the call (memory).
void sbx_keep_headroom(struct sbx *S, lua_State *L);

#endif
