// Lua values become encoded ones, by raw access alone: no metamethod runs.
//
// The first pass takes the keys in whatever order they lie and knows nothing of paths. Only when a value
// cannot cross, a second pass takes them in their fixed order and names the first mistake it meets, so
// that the same call fails with the same words on every machine.
#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "codec.h"
#include "fail.h"
#include "late.h"
#include "marks.h"
#include "order.h"
#include "registry.h"
#include "secret.h"
#include "state.h"
#include "utf8.h"

#include "cuttable.h"

/// Where a value lies, from the inside outwards.
struct place {
    const struct place *outer;
    /// A name, or NULL for a number.
    const char *name;
    size_t name_length;
    lua_Integer number;
};

struct encoder {
    lua_State *L;
    struct sbx_buffer *buffer;
    size_t length;
    const char *what;
    unsigned depth_limit;
    bool takes_functions;
    bool as_fits, overflowed;
    /// Whether this is the second pass.
    bool explains;
};

/// A table takes up to so many slots of the stack while its content is written; room for several levels is
/// made at once.
enum { SLOTS_A_LEVEL = 6, LEVELS_A_CHECK = 4 };

static bool put_value(struct encoder *encoder, int index, unsigned depth, const struct place *place);

static void append(char *out, size_t room, size_t *length, const char *text, size_t count) {
    if (count > room - *length) count = room - *length;
    memcpy(out + *length, text, count);
    *length += count;
}

static bool is_name(const char *text, size_t length) {
    if (length == 0 || (text[0] >= '0' && text[0] <= '9')) return false;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        if (!fits) return false;
    }
    return true;
}

/// Without the root's name, if that is empty.
static void write_path(char *out, size_t room, size_t *length, const struct place *place) {
    if (place->outer) write_path(out, room, length, place->outer);
    char number[40];
    if (!place->name) {
        int count = snprintf(number, sizeof number, "[%lld]", (long long)place->number);
        append(out, room, length, number, (size_t)count);
    } else if (!place->outer) {
        append(out, room, length, place->name, place->name_length);
    } else if (is_name(place->name, place->name_length)) {
        if (*length > 0) append(out, room, length, ".", 1);
        append(out, room, length, place->name, place->name_length);
    } else {
        append(out, room, length, "[\"", 2);
        append(out, room, length, place->name, place->name_length < 64 ? place->name_length : 64);
        append(out, room, length, "\"]", 2);
    }
}

/// In the first pass says that there is a mistake; in the second one ends the call and names it.
static bool mistake(
    struct encoder *encoder, const struct place *place, enum sbx_reason reason, const char *problem) {
    if (!encoder->explains) return false;
    char path[512];
    size_t length = 0;
    write_path(path, sizeof path, &length, place);
    if (length == 0) append(path, sizeof path, &length, "the value", 9);
    sbx_fail(sbx_of(encoder->L), encoder->L, reason, "%.*s %s", (int)length, path, problem);
}

/// Room for `count` bytes, which the caller writes; NULL if there is none.
static inline uint8_t *reserve(struct encoder *encoder, const struct place *place, size_t count) {
    if (__builtin_expect(encoder->buffer->limit - encoder->length < count, 0)) {
        encoder->overflowed = true;
        if (!encoder->as_fits) {
            mistake(encoder, place, SBX_EFFECTS, "does not fit: effects and result of a call have a limit");
        }
        return NULL;
    }
    uint8_t *start = encoder->buffer->start + encoder->length;
    encoder->length += count;
    return start;
}

static inline bool put_tag(struct encoder *encoder, const struct place *place, enum sbx_tag tag) {
    uint8_t *to = reserve(encoder, place, 1);
    if (!to) return false;
    *to = (uint8_t)tag;
    return true;
}

static inline bool put_number(
    struct encoder *encoder, const struct place *place, enum sbx_tag tag, const void *eight_bytes) {
    uint8_t *to = reserve(encoder, place, 9);
    if (!to) return false;
    *to = (uint8_t)tag;
    memcpy(to + 1, eight_bytes, 8);
    return true;
}

static inline bool put_count(
    struct encoder *encoder, const struct place *place, enum sbx_tag tag, uint32_t count) {
    uint8_t *to = reserve(encoder, place, 5);
    if (!to) return false;
    *to = (uint8_t)tag;
    memcpy(to + 1, &count, 4);
    return true;
}

/// Copies bytes without a call, for most texts are short. Returns all of them ORed together.
static inline uint64_t copy_bytes(uint8_t *to, const char *from, size_t count) {
    if (count >= 8) {
        uint64_t word, all = 0;
        for (size_t i = 0; i + 8 < count; i += 8) {
            memcpy(&word, from + i, 8);
            memcpy(to + i, &word, 8);
            all |= word;
        }
        memcpy(&word, from + count - 8, 8);
        memcpy(to + count - 8, &word, 8);
        return all | word;
    }
    if (count >= 4) {
        uint32_t first, last;
        memcpy(&first, from, 4);
        memcpy(&last, from + count - 4, 4);
        memcpy(to, &first, 4);
        memcpy(to + count - 4, &last, 4);
        return (uint64_t)first | last;
    }
    if (count == 0) return 0;
    uint8_t first = (uint8_t)from[0], middle = (uint8_t)from[count / 2], last = (uint8_t)from[count - 1];
    to[0] = first;
    to[count / 2] = middle;
    to[count - 1] = last;
    return (uint64_t)first | middle | last;
}

/// The length and the bytes, behind `head` bytes that the caller writes. NULL if the text cannot cross.
static inline uint8_t *put_text(
    struct encoder *encoder, const struct place *place, const char *text, size_t length, size_t head) {
    if (length > UINT32_MAX) {
        mistake(encoder, place, SBX_EFFECTS, "is too long");
        return NULL;
    }
    uint8_t *to = reserve(encoder, place, head + 4 + length);
    if (!to) return NULL;
    uint32_t count = (uint32_t)length;
    memcpy(to + head, &count, 4);
    bool is_ascii = (copy_bytes(to + head + 4, text, length) & 0x8080808080808080u) == 0;
    if (!is_ascii && !sbx_is_utf8(text, length)) {
        mistake(encoder, place, SBX_VALUE, "is not valid UTF-8");
        return NULL;
    }
    return to;
}

/// Whether a function has no parameters, or a first one named `_`. Stack: unchanged. Does not raise.
static bool ignores_first(lua_State *L, int index) {
    lua_Debug function;
    lua_pushvalue(L, index);
    const char *name = lua_getlocal(L, NULL, 1);
    if (name) {
        lua_pop(L, 1);
        return strcmp(name, "_") == 0;
    }
    lua_getinfo(L, ">u", &function);
    return function.nparams == 0 && !function.isvararg;
}

static void note_ignoring(struct sbx *S, uint32_t number, bool is_ignoring) {
    if (number >= SBX_IGNORING_FUNCTIONS) return;
    uint8_t bit = 1 << number % 8, *bits = &S->ignoring[number / 8];
    *bits = is_ignoring ? *bits | bit : *bits & ~bit;
}

bool sbx_ignores_first(const struct sbx *S, uint32_t function) {
    return function < SBX_IGNORING_FUNCTIONS && (S->ignoring[function / 8] >> function % 8 & 1);
}

/// Numbers a function and keeps it. Stack: unchanged. May raise (memory).
static bool put_function(struct encoder *encoder, int index, const struct place *place) {
    lua_State *L = encoder->L;
    struct sbx *S = sbx_of(L);
    uint32_t number = S->function_count++;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &sbx_functions_key);
    lua_pushvalue(L, index);
    lua_rawseti(L, -2, (lua_Integer)number + 1);
    lua_pop(L, 1);
    note_ignoring(S, number, ignores_first(L, index));
    return put_count(encoder, place, SBX_TAG_FUNCTION, number);
}

/// Stack: unchanged. May raise (memory).
static bool put_list(
    struct encoder *encoder, int index, lua_Integer count, unsigned depth, const struct place *place) {
    lua_State *L = encoder->L;
    if (count > UINT32_MAX) return mistake(encoder, place, SBX_EFFECTS, "is too long");
    if (!put_count(encoder, place, SBX_TAG_LIST, (uint32_t)count)) return false;
    for (lua_Integer i = 1; i <= count; i++) {
        struct place inner = {place, NULL, 0, i};
        lua_rawgeti(L, index, i);
        bool done = put_value(encoder, -1, depth, &inner);
        lua_pop(L, 1);
        if (!done) return false;
    }
    return true;
}

/// A pair whose key lies below its value on top of the stack. Stack: unchanged. May raise (memory).
static bool put_pair(struct encoder *encoder, unsigned depth, const struct place *place) {
    lua_State *L = encoder->L;
    size_t length;
    const char *name = lua_tolstring(L, -2, &length);
    struct place inner = {place, name, length, 0};
    if (encoder->explains && !sbx_is_utf8(name, length)) {
        return mistake(encoder, place, SBX_VALUE, "has a key that is not valid UTF-8");
    }
    return put_text(encoder, &inner, name, length, 0) &&
        put_value(encoder, -1, depth, &inner);
}

/// What the keys of a table make it. Stack: unchanged. Does not raise: the table is not written to.
enum kind { EMPTY, LIST, TABLE, MIXED, HOLES, ODD_KEYS };
static enum kind kind_of(lua_State *L, int index, lua_Integer *count) {
    bool has_text = false, has_number = false, has_other = false;
    lua_Integer highest = 0, number = 0;
    lua_pushnil(L);
    while (lua_next(L, index)) {
        lua_pop(L, 1);
        number++;
        if (lua_type(L, -1) == LUA_TSTRING) {
            has_text = true;
        } else if (lua_isinteger(L, -1)) {
            lua_Integer key = lua_tointeger(L, -1);
            if (key < 1) has_other = true;
            has_number = true;
            if (key > highest) highest = key;
        } else {
            has_other = true;
        }
    }
    *count = number;
    if (number == 0) return EMPTY;
    if (has_other) return ODD_KEYS;
    if (has_text && has_number) return MIXED;
    if (has_text) return TABLE;
    return highest == number ? LIST : HOLES;
}

/// Whether the keys are 1 to n as they lie. Stack: the walk's first key and value on top; they are taken if
/// so, else a key is left. Does not raise.
static bool lies_as_list(lua_State *L, int index, lua_Integer *count) {
    lua_Integer expected = 0;
    do {
        lua_pop(L, 1);
        int is_integer;
        // Of a text it would make a number; there is none.
        if (lua_type(L, -1) != LUA_TNUMBER || lua_tointegerx(L, -1, &is_integer) != ++expected) return false;
        if (!is_integer || !lua_isinteger(L, -1)) return false;
    } while (lua_next(L, index));
    *count = expected;
    return true;
}

/// Where a pair was written: its name, behind the length, and where the next one begins.
struct pair {
    /// The first bytes of the name as one number, by which most names can be told apart.
    uint64_t prefix;
    const uint8_t *name;
    uint32_t name_length;
    uint32_t start, end;
};

static inline struct pair pair_at(const struct encoder *encoder, size_t start) {
    const uint8_t *bytes = encoder->buffer->start + start;
    struct pair pair = {.start = (uint32_t)start, .end = (uint32_t)encoder->length, .name = bytes + 4};
    memcpy(&pair.name_length, bytes, 4);
    uint8_t first[8] = {0};
    copy_bytes(first, (const char *)pair.name, pair.name_length < 8 ? pair.name_length : 8);
    memcpy(&pair.prefix, first, 8);
    pair.prefix = __builtin_bswap64(pair.prefix);
    return pair;
}

static inline bool stands_before(const struct pair *a, const struct pair *b) {
    if (a->prefix != b->prefix) return a->prefix < b->prefix;
    uint32_t shared = a->name_length < b->name_length ? a->name_length : b->name_length;
    int order = memcmp(a->name, b->name, shared);
    return order ? order < 0 : a->name_length < b->name_length;
}

/// Brings the pairs of a small table into the order of their names, in which the host keeps them.
static __attribute__((noinline)) void sort_pairs(struct encoder *encoder, struct pair *pairs, size_t count) {
    enum { ROOM = 2048 };
    size_t low = pairs[0].start, high = pairs[count - 1].end;
    if (high - low > ROOM) return;
    for (size_t i = 1; i < count; i++) {
        struct pair pair = pairs[i];
        size_t at = i;
        for (; at > 0 && stands_before(&pair, &pairs[at - 1]); at--) pairs[at] = pairs[at - 1];
        pairs[at] = pair;
    }
    char copy[ROOM];
    uint8_t *to = encoder->buffer->start + low;
    memcpy(copy, to, high - low);
    for (size_t i = 0; i < count; i++) {
        size_t length = pairs[i].end - pairs[i].start;
        copy_bytes(to, copy + (pairs[i].start - low), length);
        to += length;
    }
}

/// A table whose keys are texts, in the order in which they lie. The count is written when it is known.
/// Stack: the walk's first key and value on top; they are taken. May raise (memory).
static bool put_lying(struct encoder *encoder, int index, unsigned depth, const struct place *place) {
    lua_State *L = encoder->L;
    uint32_t count = 0;
    size_t start = encoder->length;
    if (!put_count(encoder, place, SBX_TAG_TABLE, 0)) return false;
    struct pair pairs[SBX_FEW_KEYS];
    bool is_sorted = true;
    do {
        if (lua_type(L, -2) != LUA_TSTRING || count == UINT32_MAX) return false;
        size_t at = encoder->length;
        if (!put_pair(encoder, depth, place)) return false;
        if (count < SBX_FEW_KEYS) {
            pairs[count] = pair_at(encoder, at);
            is_sorted = is_sorted && (count == 0 || stands_before(&pairs[count - 1], &pairs[count]));
        }
        count++;
        lua_pop(L, 1);
    } while (lua_next(L, index));
    memcpy(encoder->buffer->start + start + 1, &count, 4);
    if (!is_sorted && count <= SBX_FEW_KEYS) sort_pairs(encoder, pairs, count);
    return true;
}

/// A table whose keys are texts, in their order. Stack: unchanged. May raise (memory).
static bool put_ordered(
    struct encoder *encoder, int index, lua_Integer count, unsigned depth, const struct place *place) {
    lua_State *L = encoder->L;
    if (!put_count(encoder, place, SBX_TAG_TABLE, (uint32_t)count)) return false;
    sbx_push_ordered_keys(L, index, count);
    int keys = lua_gettop(L);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(L, keys, i);
        lua_pushvalue(L, -1);
        lua_rawget(L, index);
        bool done = put_pair(encoder, depth, place);
        lua_settop(L, keys);
        if (!done) return false;
    }
    lua_pop(L, 1);
    return true;
}

/// Stack: unchanged, or with more on it if it returns false. May raise (memory).
static bool put_table(struct encoder *encoder, int index, unsigned depth, const struct place *place) {
    lua_State *L = encoder->L;
    if (depth >= encoder->depth_limit) {
        char problem[64];
        snprintf(problem, sizeof problem, "is more than %u tables deep", encoder->depth_limit);
        return mistake(encoder, place, SBX_VALUE, problem);
    }
    if (depth % LEVELS_A_CHECK == 0) luaL_checkstack(L, LEVELS_A_CHECK * SLOTS_A_LEVEL, NULL);
    sbx_make_late(L, index);
    bool is_marked = sbx_is_marked_list(L, index);
    if (!encoder->explains && !encoder->takes_functions && !is_marked) {
        lua_pushnil(L);
        if (!lua_next(L, index)) {
            return put_count(encoder, place, SBX_TAG_TABLE, 0);
        }
        if (lua_type(L, -2) == LUA_TSTRING) return put_lying(encoder, index, depth + 1, place);
        lua_Integer count;
        if (lies_as_list(L, index, &count)) return put_list(encoder, index, count, depth + 1, place);
        lua_pop(L, 1);
    }
    lua_Integer count;
    enum kind kind = kind_of(L, index, &count);
    if (count > UINT32_MAX) return mistake(encoder, place, SBX_EFFECTS, "is too long");
    switch (kind) {
    case MIXED: return mistake(encoder, place, SBX_VALUE, "has both numbers and texts as keys");
    case HOLES:
        return mistake(encoder, place, SBX_VALUE, "has numbers as keys that are not 1 to n");
    case ODD_KEYS:
        return mistake(
            encoder, place, SBX_VALUE, "has a key that is neither a text nor a whole number from 1");
    case LIST: return put_list(encoder, index, count, depth + 1, place);
    case EMPTY:
        if (is_marked) return put_list(encoder, index, 0, depth + 1, place);
        break;
    case TABLE:
        if (is_marked) return mistake(encoder, place, SBX_VALUE, "is a list with texts as keys");
        break;
    }
    return put_ordered(encoder, index, count, depth + 1, place);
}

/// False if the value cannot cross. Stack: as put_table. May raise (memory).
static bool put_value(struct encoder *encoder, int index, unsigned depth, const struct place *place) {
    lua_State *L = encoder->L;
    switch (lua_type(L, index)) {
    case LUA_TNIL: return put_tag(encoder, place, SBX_TAG_NULL);
    case LUA_TBOOLEAN: return put_tag(encoder, place, lua_toboolean(L, index) ? SBX_TAG_YES : SBX_TAG_NO);
    case LUA_TNUMBER: {
        if (lua_isinteger(L, index)) {
            int64_t number = lua_tointeger(L, index);
            return put_number(encoder, place, SBX_TAG_INTEGER, &number);
        }
        double number = lua_tonumber(L, index);
        if (!isfinite(number)) return mistake(encoder, place, SBX_VALUE, "is not a finite number");
        return put_number(encoder, place, SBX_TAG_DOUBLE, &number);
    }
    case LUA_TSTRING: {
        size_t length;
        const char *text = lua_tolstring(L, index, &length);
        uint8_t *start = put_text(encoder, place, text, length, 1);
        if (start) *start = SBX_TAG_STRING;
        return start != NULL;
    }
    case LUA_TTABLE: return put_table(encoder, lua_absindex(L, index), depth, place);
    case LUA_TFUNCTION:
        if (encoder->takes_functions) return put_function(encoder, lua_absindex(L, index), place);
        return mistake(encoder, place, SBX_VALUE, "is a function, which cannot be handed over");
    case LUA_TLIGHTUSERDATA:
        if (lua_touserdata(L, index) == SBX_NULL) {
            return put_tag(encoder, place, SBX_TAG_NULL);
        }
        return mistake(encoder, place, SBX_VALUE, "is a userdata, which cannot be handed over");
    case LUA_TTHREAD:
        return mistake(encoder, place, SBX_VALUE, "is a coroutine, which cannot be handed over");
    default: return mistake(encoder, place, SBX_VALUE, "is a secret, " SBX_SECRET_USE);
    }
}

bool sbx_encode(
    lua_State *L, int index, struct sbx_buffer *buffer, const char *what, unsigned options) {
    struct sbx *S = sbx_of(L);
    struct place place = {NULL, what, strlen(what), 0};
    struct encoder encoder = {
        .L = L,
        .buffer = buffer,
        .length = buffer->length,
        .what = what,
        .depth_limit = S->limits.value_depth,
        .takes_functions = (options & SBX_ENCODE_FUNCTIONS) != 0,
        .as_fits = (options & SBX_ENCODE_AS_FITS) != 0,
    };
    index = lua_absindex(L, index);
    int top = lua_gettop(L);
    if (!put_value(&encoder, index, 0, &place)) {
        lua_settop(L, top);
        if (encoder.as_fits && encoder.overflowed) return false;
        encoder.explains = true;
        encoder.length = buffer->length;
        put_value(&encoder, index, 0, &place);
        sbx_fail(S, L, SBX_VALUE, "%s cannot be handed over", *what ? what : "the value");
    }
    buffer->length = encoder.length;
    return true;
}
