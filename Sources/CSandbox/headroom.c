// See headroom.h.
#include "headroom.h"

#include "fail.h"
#include "lines.h"

#include "cuttable.h"

enum {
    /// How many slots a function of Lua may have.
    FUNCTION_SLOTS = 255,
    /// The part of the memory limit from which on the hook collects.
    COLLECTING_PART = 4,
};

static void reserve(lua_State *L, int count) {
    if (!lua_checkstack(L, count)) sbx_memory_exhausted(sbx_of(L));
}

/// Collects what the stopped collector would have, if that is much by now. Stacks may move.
static void collect(struct sbx *S, lua_State *L) {
    if (S->arena.state.live_bytes < S->collects_at_bytes) return;
    lua_gc(L, LUA_GCCOLLECT);
    size_t twice = 2 * S->arena.state.live_bytes;
    if (twice > S->collects_at_bytes) S->collects_at_bytes = twice;
}

/// Gives room to a function of Lua that was called; counts instructions as without secrets. The interpreter has its top
/// at the end of the function's part of the stack.
static void hook(lua_State *L, lua_Debug *called) {
    if (called->event == LUA_HOOKCOUNT || called->event == LUA_HOOKLINE) {
        sbx_line_hook(L, called);
        return;
    }
    lua_getinfo(L, "S", called);
    if (called->what[0] == 'C') return;
    collect(sbx_of(L), L);
    reserve(L, SBX_HEADROOM_SLOTS);
}

void sbx_keep_headroom(struct sbx *S, lua_State *L) {
    if (!S->has_headroom) return;
    lua_gc(L, LUA_GCSTOP);
    // A coroutine has the hook of the one that made it. One that is to end the call stays.
    lua_Hook current = lua_gethook(L);
    if (current == hook || current == sbx_late_hook) return;
    reserve(L, FUNCTION_SLOTS + SBX_HEADROOM_SLOTS);
    bool counts = S->limits.instructions > 0;
    lua_sethook(
        L, hook, LUA_MASKCALL | (counts ? LUA_MASKCOUNT : 0) | (S->lines_count > 0 ? LUA_MASKLINE : 0),
        counts ? SBX_HOOK_INTERVAL : 0);
}

void sbx_begin_headroom(struct sbx *S, lua_State *L) {
    if (S->phase == SBX_LOADING) S->image_needs_headroom = false;
    S->has_headroom = S->image_needs_headroom;
    S->collects_at_bytes = S->limits.memory_bytes / COLLECTING_PART;
    reserve(L, SBX_HEADROOM_SLOTS);
    sbx_keep_headroom(S, L);
}

void sbx_make_headroom(struct sbx *S, lua_State *L) {
    S->has_headroom = true;
    if (S->phase == SBX_LOADING) S->image_needs_headroom = true;
    sbx_keep_headroom(S, L);
}
