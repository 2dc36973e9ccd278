// See lines.h.
#include "lines.h"

#include <string.h>

#include "fail.h"

#include "cuttable.h"

void sbx_set_hook(struct sbx *S) {
    bool counts = S->limits.instructions > 0, marks = S->lines_count > 0;
    lua_sethook(
        S->L, marks ? sbx_line_hook : counts ? sbx_count_hook : NULL,
        (counts ? LUA_MASKCOUNT : 0) | (marks ? LUA_MASKLINE : 0), counts ? SBX_HOOK_INTERVAL : 0);
}

void sbx_line_hook(lua_State *L, lua_Debug *event) {
    if (event->event != LUA_HOOKLINE) {
        sbx_count_hook(L, event);
        return;
    }
    lua_getinfo(L, "S", event);
    if (event->source[0] != '@' || event->currentline <= 0) return;
    const struct sbx *S = sbx_of(L);
    for (size_t i = 0; i < S->lines_count; i++) {
        const struct sbx_lines *lines = &S->lines[i];
        if (strcmp(lines->name, event->source + 1) != 0) continue;
        if ((uint32_t)event->currentline >= lines->count) return;
        bool is_whole = event->linedefined == event->currentline && event->lastlinedefined == event->currentline;
        // Sandboxes of other threads mark the same lines.
        __atomic_fetch_or(
            &lines->ran[event->currentline], is_whole ? SBX_LINE_OF_FUNCTION : SBX_LINE, __ATOMIC_RELAXED);
        return;
    }
}
