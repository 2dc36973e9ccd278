// See secret.h.
#include "secret.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "fail.h"
#include "headroom.h"
#include "marks.h"
#include "registry.h"

#include "cuttable.h"

/// What lies in the userdata. Pieces are a length in 4 bytes and so many bytes each: a text, a name, a text, a name and
/// so on to a last text. A text may be empty. So values that are the same have the same bytes.
struct secret {
    /// How many bytes the pieces have.
    uint32_t length;
    /// Where the last piece begins.
    uint32_t last;
    /// How many bytes the texts and names have.
    uint32_t content;
    char pieces[];
};

enum { LENGTH_BYTES = 4 };

static uint32_t read_length(const char *piece) {
    uint32_t length;
    memcpy(&length, piece, LENGTH_BYTES);
    return length;
}

static char *write_piece(char *to, const char *text, size_t length) {
    uint32_t count = (uint32_t)length;
    memcpy(to, &count, LENGTH_BYTES);
    memcpy(to + LENGTH_BYTES, text, length);
    return to + LENGTH_BYTES + length;
}

/// One side of a joining: a secret, or a text, which is a first and last piece at once.
struct operand {
    /// All that is before the last text, and all that is after the first one.
    const char *before, *after;
    size_t before_length, after_length;
    const char *first, *last;
    size_t first_length, last_length;
    size_t content;
};

static struct operand of_text(const char *text, size_t length) {
    return (struct operand){
        .before = text, .after = text, .first = text, .last = text, .first_length = length, .last_length = length,
        .content = length};
}

static struct operand of_secret(const struct secret *secret) {
    size_t first = read_length(secret->pieces);
    return (struct operand){
        .before = secret->pieces,
        .before_length = secret->last,
        .first = secret->pieces + LENGTH_BYTES,
        .first_length = first,
        .after = secret->pieces + LENGTH_BYTES + first,
        .after_length = secret->length - LENGTH_BYTES - first,
        .last = secret->pieces + secret->last + LENGTH_BYTES,
        .last_length = read_length(secret->pieces + secret->last),
        .content = secret->content};
}

/// Stack: pushes a secret whose pieces are the caller's to write. May raise (memory).
static struct secret *push_new(lua_State *L, size_t length, size_t last, size_t content) {
    struct secret *secret = lua_newuserdatauv(L, sizeof *secret + length, 0);
    secret->length = (uint32_t)length;
    secret->last = (uint32_t)last;
    secret->content = (uint32_t)content;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &sbx_secret_key);
    lua_setmetatable(L, -2);
    return secret;
}

static struct operand check_operand(lua_State *L, int index) {
    if (sbx_is_secret(L, index)) return of_secret(lua_touserdata(L, index));
    size_t length;
    const char *text = lua_tolstring(L, index, &length);
    if (!text) luaL_error(L, "attempt to join a secret with a %s value", luaL_typename(L, index));
    return of_text(text, length);
}

/// a .. b, of which at least one is a secret. It must not let the stack move (headroom.h). May raise.
static int join(lua_State *L) {
    sbx_enter(L);
    struct operand left = check_operand(L, 1), right = check_operand(L, 2);
    size_t content = left.content + right.content;
    if (left.content > SBX_SECRET_BYTES || right.content > SBX_SECRET_BYTES || content > SBX_SECRET_BYTES) {
        return luaL_error(
            L, "a text with secrets would have %I bytes; at most %d are allowed", (LUAI_UACINT)content,
            SBX_SECRET_BYTES);
    }
    size_t middle = left.last_length + right.first_length;
    size_t length = left.before_length + LENGTH_BYTES + middle + right.after_length;
    // Behind the last name begins the last text; where the right side has no name, it is the one in the middle.
    size_t last = right.after_length ? length - LENGTH_BYTES - right.last_length : left.before_length;
    struct secret *secret = push_new(L, length, last, content);
    char *to = secret->pieces;
    memcpy(to, left.before, left.before_length);
    to = write_piece(to + left.before_length, left.last, left.last_length);
    // The text in the middle is one: what the right side begins with goes on where the left one ends.
    memcpy(to, right.first, right.first_length);
    uint32_t count = (uint32_t)middle;
    memcpy(secret->pieces + left.before_length, &count, LENGTH_BYTES);
    memcpy(to + right.first_length, right.after, right.after_length);
    return 1;
}

/// a == b. Does not raise.
static int is_equal(lua_State *L) {
    bool is_equal = sbx_is_secret(L, 1) && sbx_is_secret(L, 2);
    if (is_equal) {
        const struct secret *left = lua_touserdata(L, 1), *right = lua_touserdata(L, 2);
        is_equal = left->length == right->length && memcmp(left->pieces, right->pieces, left->length) == 0;
    }
    lua_pushboolean(L, is_equal);
    return 1;
}

/// tostring(secret): its texts, and `(secret NAME)` for each secret. May raise (memory).
static int show(lua_State *L) {
    static const char head[] = "(secret ", tail[] = ")";
    enum { AROUND = sizeof head + sizeof tail - 2 };
    sbx_enter(L);
    const struct secret *secret = lua_touserdata(L, 1);
    // Each name has a length before it, and one behind it.
    char *text = lua_newuserdatauv(L, secret->length / (2 * LENGTH_BYTES) * AROUND + secret->length, 0), *to = text;
    const char *piece = secret->pieces, *end = secret->pieces + secret->length;
    for (bool is_name = false; piece < end; is_name = !is_name) {
        size_t length = read_length(piece);
        if (is_name) {
            memcpy(to, head, sizeof head - 1);
            to += sizeof head - 1;
        }
        memcpy(to, piece + LENGTH_BYTES, length);
        to += length;
        if (is_name) *to++ = *tail;
        piece += LENGTH_BYTES + length;
    }
    lua_pushlstring(L, text, (size_t)(to - text));
    return 1;
}

static int refuse(lua_State *L, const char *attempt) {
    sbx_enter(L);
    return luaL_error(L, "attempt to %s a secret, " SBX_SECRET_USE, attempt);
}

static int refuse_index(lua_State *L) { return refuse(L, "index"); }
static int refuse_call(lua_State *L) { return refuse(L, "call"); }
static int refuse_length(lua_State *L) { return refuse(L, "get the length of"); }
static int refuse_arithmetic(lua_State *L) { return refuse(L, "calculate with"); }
static int refuse_order(lua_State *L) { return refuse(L, "find the order of"); }

/// Pushes the metatable. It is made when the first secret is: most programs have none. May raise (memory).
static void push_metatable(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"__concat", join},          {"__eq", is_equal},          {"__tostring", show},
        {"__index", refuse_index},   {"__newindex", refuse_index}, {"__call", refuse_call},
        {"__len", refuse_length},    {"__lt", refuse_order},      {"__le", refuse_order},
        {"__add", refuse_arithmetic}, {"__sub", refuse_arithmetic}, {"__mul", refuse_arithmetic},
        {"__div", refuse_arithmetic}, {"__mod", refuse_arithmetic}, {"__pow", refuse_arithmetic},
        {"__unm", refuse_arithmetic}, {"__idiv", refuse_arithmetic}, {"__band", refuse_arithmetic},
        {"__bor", refuse_arithmetic}, {"__bxor", refuse_arithmetic}, {"__bnot", refuse_arithmetic},
        {"__shl", refuse_arithmetic}, {"__shr", refuse_arithmetic}, {NULL, NULL},
    };
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &sbx_secret_key) == LUA_TTABLE) return;
    lua_pop(L, 1);
    luaL_newlib(L, functions);
    // What functions of the library call an argument that they do not take.
    lua_pushliteral(L, "secret, " SBX_SECRET_USE);
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &sbx_secret_key);
}

int sbx_secret(lua_State *L) {
    struct sbx *S = sbx_enter(L);
    size_t length;
    const char *name = luaL_checklstring(L, 1, &length);
    luaL_argcheck(L, length > 0 && length <= SBX_SECRET_BYTES, 1, "expected the name of a secret");
    sbx_make_headroom(S, L);
    push_metatable(L);
    size_t last = LENGTH_BYTES + LENGTH_BYTES + length;
    struct secret *secret = push_new(L, last + LENGTH_BYTES, last, length);
    char *to = write_piece(secret->pieces, name, 0);
    write_piece(write_piece(to, name, length), name, 0);
    return 1;
}

int sbx_secret_parts(lua_State *L) {
    sbx_enter(L);
    luaL_argexpected(L, sbx_is_secret(L, 1), 1, "secret");
    lua_settop(L, 1);
    const struct secret *secret = lua_touserdata(L, 1);
    lua_newtable(L);
    const char *piece = secret->pieces, *end = secret->pieces + secret->length;
    lua_Integer count = 0;
    for (bool is_name = false; piece < end; is_name = !is_name) {
        size_t length = read_length(piece);
        if (is_name) lua_newtable(L);
        if (is_name || length > 0) lua_pushlstring(L, piece + LENGTH_BYTES, length);
        if (is_name) lua_setfield(L, -2, "secret");
        if (is_name || length > 0) lua_rawseti(L, 2, ++count);
        piece += LENGTH_BYTES + length;
    }
    return 1;
}
