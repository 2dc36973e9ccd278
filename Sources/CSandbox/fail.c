// How a load or call ends early, and what it says about it.
#include <lauxlib.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fail.h"
#include "marks.h"
#include "place.h"
#include "text.h"
#include "tostring.h"

#include "cuttable.h"

static void keep_message(struct sbx_seat *seat, const char *text, size_t length) {
    seat->message_length = sbx_clean_text(seat->message, sizeof seat->message, text, length, false);
}

static void keep_line(struct sbx_seat *seat, const char *line, size_t length) {
    size_t room = sizeof seat->traceback - seat->traceback_length;
    if (room < 2) return;
    seat->traceback_length += sbx_clean_text(
        seat->traceback + seat->traceback_length, room - 1, line, length, false);
    seat->traceback[seat->traceback_length++] = '\n';
}

/// Writes one line about a frame of the plugin's own.
static void keep_frame(struct sbx_seat *seat, lua_State *L, lua_Debug *frame) {
    char line[LUA_IDSIZE + 128];
    int length;
    lua_getinfo(L, "nl", frame);
    if (frame->what[0] == 'm') {
        length =
            snprintf(line, sizeof line, "%s:%d: in the main chunk", frame->short_src, frame->currentline);
    } else if (frame->name && frame->namewhat[0]) {
        length = snprintf(
            line, sizeof line, "%s:%d: in %s '%.64s'", frame->short_src, frame->currentline,
            frame->namewhat, frame->name);
    } else {
        length = snprintf(
            line, sizeof line, "%s:%d: in the function at line %d", frame->short_src,
            frame->currentline, frame->linedefined);
    }
    keep_line(seat, line, (size_t)length < sizeof line ? (size_t)length : sizeof line - 1);
}

/// The number of frames. Looking one up takes as many steps as it is deep, so they are not counted one by
/// one: a script may have made 200,000.
static int count_frames(lua_State *L) {
    lua_Debug frame;
    int low = 0, high = 1;
    while (lua_getstack(L, high, &frame)) {
        low = high;
        high *= 2;
    }
    while (low + 1 < high) {
        int middle = (low + high) / 2;
        if (lua_getstack(L, middle, &frame)) low = middle;
        else high = middle;
    }
    return high;
}

/// Writes the plugin's own frames to the seat, innermost first. Does not touch the stack, does not raise:
/// what it asks for allocates nothing.
static void keep_traceback(struct sbx *S, lua_State *L) {
    enum { FIRST = 24, LAST = 12 };
    struct sbx_seat *seat = S->seat;
    seat->traceback_length = 0;
    int count = count_frames(L);
    for (int level = 0; level < count; level++) {
        if (level == FIRST && count > FIRST + LAST) {
            char line[40];
            level = count - LAST;
            int length = snprintf(line, sizeof line, "... %d more ...", level - FIRST);
            keep_line(seat, line, (size_t)length);
        }
        lua_Debug frame;
        if (!lua_getstack(L, level, &frame)) return;
        lua_getinfo(L, "S", &frame);
        if (sbx_is_own(&frame)) keep_frame(seat, L, &frame);
    }
}

_Noreturn void sbx_cut(struct sbx *S, enum sbx_reason reason) {
    S->reason = reason;
    siglongjmp(S->leave, 1);
}

_Noreturn void sbx_fail(
    struct sbx *S, lua_State *L, enum sbx_reason reason, const char *format, ...) {
    char text[SBX_MESSAGE_BYTES];
    S->seat->traceback_length = 0;
    size_t length = 0;
    if (L) {
        keep_traceback(S, L);
        length = sbx_describe_place(L, text);
        if (S->asker) {
            int more = snprintf(text + length, sizeof text - length, "%.64s: ", S->asker);
            length += (size_t)(more > 0 ? more : 0);
        }
    }
    va_list arguments;
    va_start(arguments, format);
    int more = vsnprintf(text + length, sizeof text - length, format, arguments);
    va_end(arguments);
    size_t total = length + (size_t)(more > 0 ? more : 0);
    keep_message(S->seat, text, total < sizeof text ? total : sizeof text - 1);
    sbx_cut(S, reason);
}

/// Says that the limit was reached, and where memory was refused last.
static void keep_memory_message(struct sbx *S) {
    size_t limit = S->arena.limit_bytes;
    enum { KIB = 1 << 10, MIB = 1 << 20 };
    const char *unit = limit % MIB == 0 ? "MiB" : limit % KIB == 0 ? "KiB" : "bytes";
    size_t count = limit % MIB == 0 ? limit / MIB : limit % KIB == 0 ? limit / KIB : limit;
    char text[SBX_PLACE_BYTES + 64];
    int length = snprintf(
        text, sizeof text, "%.*smore than %zu %s of memory is needed", (int)S->refusal_place_length,
        S->refusal_place, count, unit);
    keep_message(S->seat, text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1);
}

void sbx_memory_refused(void *owner) {
    struct sbx *S = owner;
    // There is no state yet while it is made.
    if (!S->current) return;
    char place[SBX_PLACE_BYTES];
    size_t length = sbx_find_place(S->current, place);
    // What handles the error may be refused memory too, when the plugin has left its code.
    if (length == 0) return;
    memcpy(S->refusal_place, place, length);
    S->refusal_place_length = length;
}

void sbx_memory_exhausted(void *owner) {
    struct sbx *S = owner;
    S->seat->traceback_length = 0;
    keep_memory_message(S);
    sbx_cut(S, SBX_MEMORY);
}

void sbx_charge(struct sbx *S, lua_State *L, uint64_t instructions) {
    S->instructions += instructions;
    if (S->instruction_limit && S->instructions > S->instruction_limit) {
        sbx_fail(
            S, L, SBX_BUDGET, "more than %llu instructions",
            (unsigned long long)S->instruction_limit);
    }
}

_Noreturn void sbx_fail_late(struct sbx *S, lua_State *L) {
    sbx_fail(
        S, L, SBX_DEADLINE, "more than %llu ms of CPU time",
        (unsigned long long)(S->deadline_ns / 1000000));
}

void sbx_begin_leaf(struct sbx *S) {
    atomic_store_explicit(&S->seat->is_in_leaf, true, memory_order_relaxed);
}

void sbx_end_leaf(struct sbx *S, lua_State *L) {
    atomic_store_explicit(&S->seat->is_in_leaf, false, memory_order_relaxed);
    if (sbx_watch_is_late(&S->seat->watched.watch)) sbx_fail_late(S, L);
}

void sbx_late_hook(lua_State *L, lua_Debug *unused) {
    (void)unused;
    sbx_fail_late(sbx_of(L), L);
}

void sbx_count_hook(lua_State *L, lua_Debug *unused) {
    (void)unused;
    sbx_charge(sbx_of(L), L, SBX_HOOK_INTERVAL);
}

/// `tostring` of the error, protected. Stack: takes one value, pushes one. May raise.
static int stringify(lua_State *L) {
    sbx_push_text(L, 1);
    return 1;
}

/// What an error that is not a text says about itself. Does not raise; leaves the stack as it was.
static void keep_object_message(lua_State *L, struct sbx_seat *seat, int index) {
    char text[80];
    int length;
    if (lua_isinteger(L, index)) {
        length = snprintf(text, sizeof text, "%lld", (long long)lua_tointeger(L, index));
    } else if (lua_type(L, index) == LUA_TNUMBER) {
        lua_Number number = lua_tonumber(L, index);
        length = number == number ? snprintf(text, sizeof text, "%.14g", number)
                                  : snprintf(text, sizeof text, "nan");
    } else if (lua_type(L, index) == LUA_TTABLE && lua_checkstack(L, 6)) {
        int top = lua_gettop(L);
        bool told = false;
        if (luaL_getmetafield(L, index, "__tostring") != LUA_TNIL) {
            lua_pop(L, 1);
            lua_pushcfunction(L, stringify);
            lua_pushvalue(L, index);
            told = lua_pcall(L, 1, 1, 0) == LUA_OK && lua_type(L, -1) == LUA_TSTRING;
        } else {
            lua_pushliteral(L, "message");
            if (sbx_is_marked_late(L, index)) lua_gettable(L, index);
            else lua_rawget(L, index);
            told = lua_type(L, -1) == LUA_TSTRING;
        }
        if (told) {
            size_t size;
            const char *message = lua_tolstring(L, -1, &size);
            keep_message(seat, message, size);
        }
        lua_settop(L, top);
        if (told) return;
        length = snprintf(text, sizeof text, "the error is a table without a message");
    } else {
        length = snprintf(
            text, sizeof text, "the error is a %s value", lua_typename(L, lua_type(L, index)));
    }
    keep_message(seat, text, (size_t)length);
}

int sbx_error_handler(lua_State *L) {
    struct sbx *S = sbx_of(L);
    keep_traceback(S, L);
    sbx_place_error(L, L, 1);
    if (lua_type(L, 1) == LUA_TSTRING) {
        size_t length;
        const char *message = lua_tolstring(L, 1, &length);
        keep_message(S->seat, message, length);
    } else {
        keep_object_message(L, S->seat, 1);
    }
    lua_settop(L, 1);
    return 1;
}

void sbx_describe_error(struct sbx *S, lua_State *L, int status) {
    struct sbx_seat *seat = S->seat;
    S->reason = SBX_ERROR;
    if (status == LUA_ERRMEM) {
        S->reason = SBX_MEMORY;
        keep_memory_message(S);
    } else if (status == LUA_ERRERR) {
        // The handler itself ran out of stack. What it kept before, if anything, is the best there is.
        size_t length;
        const char *message = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &length) : NULL;
        if (message && seat->message_length == 0) keep_message(seat, message, length);
    }
}
