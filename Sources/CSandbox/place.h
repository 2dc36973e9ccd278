// Where an error happened: the file and line of the plugin's own code.
#ifndef SBX_PLACE_H
#define SBX_PLACE_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

#include "state.h"

/// What the names of the library's chunks begin with.
#define SBX_LIBRARY_PREFIX "=(host) "

/// Whether a chunk with this name is the host's library. Does not raise.
bool sbx_is_of_library(const char *source);

/// Whether a frame, asked for `S`, is Lua code that the plugin brought. Does not raise.
bool sbx_is_own(const lua_Debug *frame);

/// Writes where the plugin's innermost frame is, as `file:line: `, in this coroutine or in those that wait
/// for it. Returns the length; 0 if there is none. Does not touch the stack, does not allocate, does not raise.
size_t sbx_find_place(lua_State *L, char out[SBX_PLACE_BYTES]);

/// The same, or else where the function begins that is called. Leaves the stack as it was, needs two slots, does not
/// raise.
size_t sbx_describe_place(lua_State *L, char out[SBX_PLACE_BYTES]);

/// Gives the error on top of the stack the place that it lacks. `thread` is the coroutine that raised it,
/// `level` the frame there that did. Stack: replaces the error; needs two slots, and one of `thread`. May raise
/// (memory).
void sbx_place_error(lua_State *L, lua_State *thread, int level);

/// The message handler of protected calls: sbx_place_error. Stack: takes the error, leaves it. May raise
/// (memory).
int sbx_place_handler(lua_State *L);

/// Raises the error on top of the stack, which says its place already.
int sbx_rethrow(lua_State *L);

/// Raises the text on top of the stack with the plugin's place before it.
int sbx_raise(lua_State *L);

#endif
