// Which lines of a program run. Only a sandbox that was asked for it looks; for every other nothing is done.
#ifndef SBX_LINES_H
#define SBX_LINES_H

#include <lua.h>

#include "state.h"

/// Gives the state its hook: counts instructions where they have a limit, marks lines where that was asked for, and nothing else.
void sbx_set_hook(struct sbx *S);

/// Frees what says which lines are marked.
void sbx_free_lines(struct sbx *S);

/// The hook of a sandbox that marks lines: marks the line that begins, and counts instructions where they have a limit. Marking
/// writes one byte outside the arena, which a call that is cut off leaves as it is. Does not touch the stack.
void sbx_line_hook(lua_State *L, lua_Debug *event);

#endif
