// The log of a call.
#ifndef SBX_LOG_H
#define SBX_LOG_H

#include <lua.h>
#include <stddef.h>

/// Appends a log record; what has no more room is cut. `fields` is a stack index, or 0 for none.
/// Leaves the stack as it was. May raise (memory); ends the call if the fields cannot cross.
void sbx_log(
    lua_State *L, const char *level, size_t level_length, const char *message, size_t length, int fields);

#endif
