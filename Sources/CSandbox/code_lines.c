// Which lines are marked, and the lines of a source that have code, as the compiler tells them.
//
// The interpreter's own list of a function's lines needs the function, and those inside of others are made when the others run. So
// the compiled chunk is written out, in the form that the interpreter writes and reads, and read here: each function with those
// inside of it. What is in another form than this one has no lines.
#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#include "compile.h"
#include "csandbox.h"
#include "lines.h"

bool sbx_mark_lines(struct sbx *S, struct sbx_bytes name, uint8_t *ran, uint32_t count) {
    struct sbx_lines *larger = realloc(S->lines, (S->lines_count + 1) * sizeof *larger);
    if (!larger) return false;
    S->lines = larger;
    char *copy = malloc(name.count + 1);
    if (!copy) return false;
    if (name.count) memcpy(copy, name.start, name.count);
    copy[name.count] = 0;
    S->lines[S->lines_count++] = (struct sbx_lines){copy, ran, count};
    return true;
}

void sbx_free_lines(struct sbx *S) {
    for (size_t i = 0; i < S->lines_count; i++) free(S->lines[i].name);
    free(S->lines);
}

/// What was written out so far.
struct written {
    uint8_t *bytes;
    size_t count, room;
};

static int append(lua_State *L, const void *piece, size_t count, void *owner) {
    (void)L;
    struct written *to = owner;
    if (to->room - to->count < count) {
        size_t room = (to->count + count) * 2;
        uint8_t *larger = realloc(to->bytes, room);
        if (!larger) return 1;
        to->bytes = larger;
        to->room = room;
    }
    memcpy(to->bytes + to->count, piece, count);
    to->count += count;
    return 0;
}

/// Reads what was written out. Once something is not as expected it reads nothing more.
struct reading {
    const uint8_t *at, *end;
    bool is_bad;
    uint8_t *lines;
    uint32_t count;
};

static const uint8_t *take(struct reading *from, size_t count) {
    if (from->is_bad || (size_t)(from->end - from->at) < count) {
        from->is_bad = true;
        return NULL;
    }
    const uint8_t *start = from->at;
    from->at += count;
    return start;
}

static uint8_t byte(struct reading *from) {
    const uint8_t *start = take(from, 1);
    return start ? *start : 0;
}

/// Seven bits a byte, the highest first; the last byte has its highest bit set.
static size_t size(struct reading *from) {
    size_t value = 0;
    for (int i = 0; i < 10 && !from->is_bad; i++) {
        uint8_t next = byte(from);
        value = (value << 7) | (next & 0x7F);
        if (next & 0x80) return value;
    }
    from->is_bad = true;
    return 0;
}

static void skip_string(struct reading *from) {
    size_t length = size(from);
    if (length > 0) take(from, length - 1);
}

static void skip_constants(struct reading *from) {
    enum { NUMBER = 0x13, INTEGER = 0x03, SHORT_TEXT = 0x04, LONG_TEXT = 0x14 };
    for (size_t count = size(from); count > 0 && !from->is_bad; count--) {
        switch (byte(from)) {
        case NUMBER: take(from, sizeof(lua_Number)); break;
        case INTEGER: take(from, sizeof(lua_Integer)); break;
        case SHORT_TEXT:
        case LONG_TEXT: skip_string(from); break;
        default: break;
        }
    }
}

static void mark(struct reading *from, int64_t line, enum sbx_line as) {
    if (line > 0 && line < from->count) from->lines[line] |= (uint8_t)as;
}

/// Marks the lines of a function's instructions, but for what the compiler adds to each: the last one, which returns, and the
/// first one of a function with any number of arguments.
static void mark_lines(struct reading *from, size_t defined, size_t last, bool takes_any) {
    enum { ELSEWHERE = -0x80 };
    size_t count = size(from);
    const int8_t *steps = (const int8_t *)take(from, count);
    size_t jumps = size(from);
    struct reading jump = *from;
    for (size_t i = 0; i < jumps && !from->is_bad; i++) {
        size(from);
        size(from);
    }
    int64_t line = (int64_t)defined;
    for (size_t i = 0; i < count && !from->is_bad; i++) {
        if (steps[i] == ELSEWHERE) {
            size(&jump);
            line = (int64_t)size(&jump);
        } else {
            line += steps[i];
        }
        bool is_added = i + 1 == count || (i == 0 && takes_any);
        bool is_whole = defined == last && (size_t)line == defined;
        if (!is_added) mark(from, line, is_whole ? SBX_LINE_OF_FUNCTION : SBX_LINE);
    }
}

/// One function, and those inside of it.
static void function(struct reading *from, int depth) {
    // The compiler has fewer functions inside each other.
    enum { DEPTH = 250, INSTRUCTION_BYTES = 4, UPVALUE_BYTES = 3 };
    if (depth > DEPTH) from->is_bad = true;
    skip_string(from);
    size_t defined = size(from);
    size_t last = size(from);
    byte(from);
    bool takes_any = byte(from) != 0;
    byte(from);
    size_t instructions = size(from);
    take(from, instructions * INSTRUCTION_BYTES);
    skip_constants(from);
    take(from, size(from) * UPVALUE_BYTES);
    for (size_t count = size(from); count > 0 && !from->is_bad; count--) function(from, depth + 1);
    mark_lines(from, defined, last, takes_any);
    for (size_t count = size(from); count > 0 && !from->is_bad; count--) {
        skip_string(from);
        size(from);
        size(from);
    }
    for (size_t count = size(from); count > 0 && !from->is_bad; count--) skip_string(from);
}

static bool read_chunk(struct reading *from) {
    static const uint8_t start[] = {
        0x1B, 'L', 'u', 'a', 0x54, 0, 0x19, 0x93, '\r', '\n', 0x1A, '\n', 4, sizeof(lua_Integer), sizeof(lua_Number)};
    const uint8_t *header = take(from, sizeof start);
    if (!header || memcmp(header, start, sizeof start) != 0) return false;
    take(from, sizeof(lua_Integer) + sizeof(lua_Number));
    byte(from);
    function(from, 0);
    return !from->is_bad && from->at == from->end;
}

bool sbx_lines_with_code(struct sbx_bytes text, uint8_t *lines, uint32_t count) {
    memset(lines, 0, count);
    size_t length = text.count;
    const char *code = sbx_code_of((const char *)text.start, &length);
    lua_State *L = luaL_newstate();
    if (!L) return false;
    struct written written = {NULL, 0, 0};
    bool done = luaL_loadbufferx(L, code, length, "=code", "t") == LUA_OK && lua_dump(L, append, &written, 0) == 0;
    lua_close(L);
    struct reading reading = {written.bytes, written.bytes + written.count, !done, lines, count};
    done = done && read_chunk(&reading);
    free(written.bytes);
    return done;
}
