// How a load or call ends early. What ends it does not return and does not touch the stack.
#ifndef SBX_FAIL_H
#define SBX_FAIL_H

#include <lua.h>
#include <stdint.h>

#include "state.h"

/// How many instructions pass between two looks at the budget.
enum { SBX_HOOK_INTERVAL = 1000 };

/// Ends the load or call with the message that the seat has.
_Noreturn void sbx_cut(struct sbx *S, enum sbx_reason reason);

/// Ends it with a message made as by printf. `L` says where it happened; NULL if that is not known.
_Noreturn void sbx_fail(struct sbx *S, lua_State *L, enum sbx_reason reason, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/// For the arena: memory is refused, and notes where. Lua may be in the middle of anything but a change of its frames:
/// those are looked at, and nothing else.
void sbx_memory_refused(void *owner);
/// For the arena: the memory limit is reached.
void sbx_memory_exhausted(void *owner);

/// Ends the call as late, from the hook that the signal handler set.
void sbx_late_hook(lua_State *L, lua_Debug *unused);
/// Ends the call as late.
_Noreturn void sbx_fail_late(struct sbx *S, lua_State *L);

/// Around what the host does while a program waits: signals do nothing meanwhile, and a call that is late then ends behind it.
void sbx_begin_leaf(struct sbx *S);
void sbx_end_leaf(struct sbx *S, lua_State *L);

/// Counts instructions and ends the call when there are too many.
void sbx_charge(struct sbx *S, lua_State *L, uint64_t instructions);
void sbx_count_hook(lua_State *L, lua_Debug *unused);

/// The message handler of the outermost call: keeps message and traceback of an error in the seat.
/// Stack: takes the error, leaves it. Does not raise.
int sbx_error_handler(lua_State *L);

/// Writes the message of the error that is on top of the stack, if the handler could not.
void sbx_describe_error(struct sbx *S, lua_State *L, int status);

/// The sandbox of a state, unless there is too little stack left for a function of ours: then the call ends
/// as crashed. Every function that Lua calls begins with it. Does not touch the stack, does not raise.
static inline struct sbx *sbx_enter(lua_State *L) {
    struct sbx *S = sbx_of(L);
    if ((uintptr_t)__builtin_frame_address(0) < S->seat->stack_floor) {
        sbx_fail(S, NULL, SBX_CRASH, "the interpreter has used up the stack");
    }
    return S;
}

#endif
