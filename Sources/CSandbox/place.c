// Where an error happened, as the plugin's author sees it: the file and line of the plugin's own code.
//
// The interpreter puts the place of the calling Lua function before a message. Where a function of C was
// called by another one (`pcall(string.rep)`) there is none, and where the host's library called it the
// place is one that no plugin's author knows. Both are mended while the stack is still as the error found
// it: in the message handlers of all protected calls, and after a coroutine that failed.
#include <stdio.h>
#include <string.h>

#include "place.h"
#include "registry.h"
#include "state.h"

#include "cuttable.h"

bool sbx_is_of_library(const char *source) {
    return strncmp(source, SBX_LIBRARY_PREFIX, sizeof SBX_LIBRARY_PREFIX - 1) == 0;
}

bool sbx_is_own(const lua_Debug *frame) {
    return frame->what[0] != 'C' && !sbx_is_of_library(frame->source);
}

/// Writes the place of a frame that is at a line: `file:line: `. Returns its length; 0 if it is at none.
/// `frame` has been asked for `Sl`. Does not touch the stack, does not raise.
static size_t write_place(const lua_Debug *frame, char out[SBX_PLACE_BYTES]) {
    if (frame->currentline <= 0) return 0;
    int length =
        snprintf(out, SBX_PLACE_BYTES, "%s:%d: ", frame->short_src, frame->currentline);
    return length > 0 && length < SBX_PLACE_BYTES ? (size_t)length : 0;
}

/// The place of the innermost frame of the plugin's own in one coroutine; 0 if there is none. Does not
/// touch the stack, does not raise.
static size_t place_in(lua_State *L, char out[SBX_PLACE_BYTES]) {
    enum { FRAMES = 64 };
    lua_Debug frame;
    for (int level = 0; level < FRAMES && lua_getstack(L, level, &frame); level++) {
        lua_getinfo(L, "Sl", &frame);
        size_t length = sbx_is_own(&frame) ? write_place(&frame, out) : 0;
        if (length > 0) return length;
    }
    return 0;
}

/// Where the function begins that is called, or which file is loaded: for code that left no frame, because its
/// last act was to return what a function of the host's library returns. Leaves the stack as it was, needs two
/// slots, does not raise.
static size_t begin_of_call(lua_State *L, char out[SBX_PLACE_BYTES]) {
    const struct sbx *S = sbx_of(L);
    if (S->phase == SBX_LOADING && S->is_main_running) {
        int length = snprintf(out, SBX_PLACE_BYTES, "%.60s: ", S->main.name);
        return length > 0 ? (size_t)length : 0;
    }
    if (S->phase != SBX_CALLING) return 0;
    lua_Debug function;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &sbx_functions_key);
    lua_rawgeti(L, -1, (lua_Integer)S->input->function + 1);
    lua_getinfo(L, ">S", &function);
    lua_pop(L, 1);
    if (!sbx_is_own(&function)) return 0;
    function.currentline = function.linedefined;
    return write_place(&function, out);
}

size_t sbx_find_place(lua_State *L, char out[SBX_PLACE_BYTES]) {
    size_t length = place_in(L, out);
    const struct sbx_resumer *resumer = sbx_of(L)->resumer;
    for (; length == 0 && resumer; resumer = resumer->outer) length = place_in(resumer->L, out);
    return length;
}

size_t sbx_describe_place(lua_State *L, char out[SBX_PLACE_BYTES]) {
    size_t length = sbx_find_place(L, out);
    return length ? length : begin_of_call(L, out);
}

static bool begins_with(const char *message, size_t length, const char *start, size_t count) {
    return count > 0 && length >= count && memcmp(message, start, count) == 0;
}

/// The length of the place in the host's library that a message begins with; 0 if it begins otherwise.
/// Does not touch the stack, does not raise.
static size_t library_place(lua_State *L, int level, const char *message, size_t length) {
    enum { FRAMES = 8 };
    lua_Debug frame;
    for (int end = level + FRAMES; level < end && lua_getstack(L, level, &frame); level++) {
        lua_getinfo(L, "Sl", &frame);
        if (frame.what[0] == 'C' || !sbx_is_of_library(frame.source)) continue;
        char place[SBX_PLACE_BYTES];
        size_t count = write_place(&frame, place);
        if (begins_with(message, length, place, count)) return count;
    }
    return 0;
}

/// Whether the function at `level`, which raised the error, is one of C that could give it no place. Leaves
/// the stack as it was, needs one slot, does not raise.
static bool lacks_place(lua_State *L, int level, const char *message, size_t length) {
    const struct sbx *S = sbx_of(L);
    lua_Debug raiser, caller;
    if (!lua_getstack(L, level, &raiser)) return false;
    lua_getinfo(L, "Sf", &raiser);
    lua_CFunction function = lua_tocfunction(L, -1);
    lua_pop(L, 1);
    if (raiser.what[0] != 'C') return false;
    char place[SBX_PLACE_BYTES];
    size_t count = 0;
    if (lua_getstack(L, level + 1, &caller)) {
        lua_getinfo(L, "Sl", &caller);
        if (caller.what[0] != 'C') count = write_place(&caller, place);
    }
    if (function == S->own_error || function == S->own_assert) {
        // What they raise is the plugin's own message, unless it is about their arguments.
        static const char about_argument[] = "bad argument #", by_default[] = "assertion failed!";
        return count == 0 &&
            (begins_with(message, length, about_argument, sizeof about_argument - 1) ||
             begins_with(message, length, by_default, sizeof by_default - 1));
    }
    return !begins_with(message, length, place, count);
}

void sbx_place_error(lua_State *L, lua_State *thread, int level) {
    struct sbx *S = sbx_of(L);
    bool is_placed = S->error_is_placed;
    S->error_is_placed = false;
    if (lua_type(L, -1) != LUA_TSTRING) return;
    size_t length;
    const char *message = lua_tolstring(L, -1, &length);
    size_t wrong = library_place(thread, level, message, length);
    if (wrong == 0 && (is_placed || !lacks_place(thread, level, message, length))) return;
    char place[SBX_PLACE_BYTES];
    size_t count = thread == L ? 0 : place_in(thread, place);
    if (count == 0) count = sbx_describe_place(L, place);
    if (count == 0 && wrong == 0) return;
    lua_pushlstring(L, place, count);
    lua_pushlstring(L, message + wrong, length - wrong);
    lua_concat(L, 2);
    lua_replace(L, -2);
}

int sbx_place_handler(lua_State *L) {
    lua_settop(L, 1);
    sbx_place_error(L, L, 1);
    return 1;
}

int sbx_rethrow(lua_State *L) {
    sbx_of(L)->error_is_placed = true;
    return lua_error(L);
}

int sbx_raise(lua_State *L) {
    char place[SBX_PLACE_BYTES];
    size_t count = sbx_describe_place(L, place);
    lua_pushlstring(L, place, count);
    lua_insert(L, -2);
    lua_concat(L, 2);
    return sbx_rethrow(L);
}
