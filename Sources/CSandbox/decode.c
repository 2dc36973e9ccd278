// Encoded values become Lua values. The bytes come from the host: a broken one is the host's mistake, and
// ends the call instead of reading past the end.
#include <lauxlib.h>
#include <string.h>

#include "codec.h"
#include "declared.h"
#include "fail.h"
#include "late.h"
#include "marks.h"
#include "registry.h"
#include "state.h"

#include "cuttable.h"

struct reader {
    const uint8_t *at, *end;
    lua_State *L;
    struct sbx_names *known;
    /// Where the table of their strings is.
    int names;
};

_Noreturn void sbx_decode_fail(lua_State *L) {
    sbx_fail(sbx_of(L), NULL, SBX_VALUE, "the host encoded a value wrongly");
}

static _Noreturn void broken(struct reader *reader) { sbx_decode_fail(reader->L); }

static const uint8_t *take(struct reader *reader, size_t count) {
    if ((size_t)(reader->end - reader->at) < count) broken(reader);
    const uint8_t *start = reader->at;
    reader->at += count;
    return start;
}

static uint32_t take_count(struct reader *reader) {
    uint32_t count;
    memcpy(&count, take(reader, 4), 4);
    return count;
}

/// Stack: pushes a string. May raise (memory).
static inline void push_text(struct reader *reader) {
    const uint8_t *at = reader->at;
    size_t left = (size_t)(reader->end - at);
    uint32_t length = 0;
    if (left >= 4) memcpy(&length, at, 4);
    if (left < 4 || left - 4 < length) broken(reader);
    reader->at = at + 4 + length;
    const char *text = (const char *)at + 4;
    unsigned name = sbx_name_find(reader->known, text, length, left - 4);
    if (name) lua_rawgeti(reader->L, reader->names, name);
    else lua_pushlstring(reader->L, text, length);
}

/// A list or table takes so many slots of the stack while its content is pushed; room for several levels is
/// made at once.
enum { SLOTS_A_LEVEL = 3, LEVELS_A_CHECK = 6 };

/// Stack: unchanged. May raise (memory).
static inline void make_room(lua_State *L, unsigned depth) {
    if (depth % LEVELS_A_CHECK == 0) luaL_checkstack(L, (LEVELS_A_CHECK + 1) * SLOTS_A_LEVEL, NULL);
}

static void push_value(struct reader *reader, unsigned depth);

/// Stack: unchanged; the table on top gets the pairs. May raise (memory).
static void set_pairs(struct reader *reader, uint32_t count, unsigned depth) {
    for (uint32_t i = 0; i < count; i++) {
        push_text(reader);
        push_value(reader, depth + 1);
        lua_rawset(reader->L, -3);
    }
}

/// Stack: pushes the pairs of a table, made at once. May raise (memory).
static void push_pairs(struct reader *reader, unsigned depth) {
    uint32_t count = take_count(reader);
    if (count > (size_t)(reader->end - reader->at)) broken(reader);
    make_room(reader->L, depth);
    lua_createtable(reader->L, 0, (int)count);
    set_pairs(reader, count, depth);
}

/// Stack: pushes a table whose pairs are encoded here, which is made when it is looked at. May raise (memory).
static void push_late(struct reader *reader, unsigned depth) {
    uint32_t length = take_count(reader);
    const uint8_t *body = take(reader, length);
    struct reader inner = *reader;
    inner.at = body;
    inner.end = body + length;
    uint32_t count = take_count(&inner);
    if (sbx_push_late(reader->L, (struct sbx_late){.pairs = inner.at, .end = inner.end, .count = count})) return;
    inner.at = body;
    push_pairs(&inner, depth);
}

/// Stack: pushes one of the call's tables with fixed keys, which is made when it is looked at. May raise (memory).
static void push_keyed(struct reader *reader) {
    const struct sbx *S = sbx_of(reader->L);
    uint32_t number = take_count(reader);
    if (number >= S->keyed_count) broken(reader);
    if (!sbx_push_late(reader->L, (struct sbx_late){.keyed = &S->keyed[number]})) broken(reader);
}

/// Stack: pushes a table that the host gives when it is looked at. May raise (memory).
static void push_asked(struct reader *reader) {
    const struct sbx_input *input = sbx_of(reader->L)->input;
    if (!input || !input->ask) broken(reader);
    if (!sbx_push_late(reader->L, (struct sbx_late){.is_to_ask = true})) broken(reader);
}

/// Stack: pushes one value. May raise (memory).
static void push_value(struct reader *reader, unsigned depth) {
    lua_State *L = reader->L;
    if (depth > SBX_MAX_DEPTH) broken(reader);
    switch (*take(reader, 1)) {
    case SBX_TAG_NULL: lua_pushlightuserdata(L, SBX_NULL); return;
    case SBX_TAG_NO: lua_pushboolean(L, 0); return;
    case SBX_TAG_YES: lua_pushboolean(L, 1); return;
    case SBX_TAG_INTEGER: {
        int64_t number;
        memcpy(&number, take(reader, 8), 8);
        lua_pushinteger(L, number);
        return;
    }
    case SBX_TAG_DOUBLE: {
        double number;
        memcpy(&number, take(reader, 8), 8);
        lua_pushnumber(L, number);
        return;
    }
    case SBX_TAG_STRING: push_text(reader); return;
    case SBX_TAG_LIST: {
        uint32_t count = take_count(reader);
        if (count > (size_t)(reader->end - reader->at)) broken(reader);
        make_room(L, depth);
        lua_createtable(L, (int)count, 0);
        for (uint32_t i = 1; i <= count; i++) {
            push_value(reader, depth + 1);
            lua_rawseti(L, -2, i);
        }
        sbx_mark_list(L);
        return;
    }
    case SBX_TAG_TABLE: push_pairs(reader, depth); return;
    case SBX_TAG_KEYED: push_keyed(reader); return;
    case SBX_TAG_LATE: push_late(reader, depth); return;
    case SBX_TAG_ASKED: push_asked(reader); return;
    case SBX_TAG_DECLARED: {
        uint32_t number = take_count(reader);
        push_pairs(reader, depth);
        sbx_declare(L, reader->names, number);
        return;
    }
    default: broken(reader);
    }
}

void sbx_decode(lua_State *L, const uint8_t **at, const uint8_t *end, bool null_is_nil) {
    luaL_checkstack(L, 5, NULL);
    if (null_is_nil && *at < end && **at == SBX_TAG_NULL) {
        lua_pushnil(L);
        *at += 1;
        return;
    }
    lua_rawgetp(L, LUA_REGISTRYINDEX, &sbx_names_key);
    struct reader reader = {*at, end, L, &sbx_of(L)->names, lua_gettop(L)};
    push_value(&reader, 0);
    *at = reader.at;
    lua_remove(L, reader.names);
}

void sbx_decode_pairs(lua_State *L, const uint8_t *at, const uint8_t *end, uint32_t count) {
    luaL_checkstack(L, 5, NULL);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &sbx_names_key);
    lua_insert(L, -2);
    struct reader reader = {at, end, L, &sbx_of(L)->names, lua_gettop(L) - 1};
    make_room(L, 0);
    set_pairs(&reader, count, 0);
    lua_remove(L, reader.names);
}

void sbx_decode_late(lua_State *L, struct sbx_bytes value, struct sbx_late *late) {
    struct reader reader = {value.start, value.start + value.count, L, NULL, 0};
    enum sbx_tag tag = *take(&reader, 1);
    if (tag != SBX_TAG_TABLE && tag != SBX_TAG_DECLARED) broken(&reader);
    late->is_declared = tag == SBX_TAG_DECLARED;
    if (late->is_declared) late->declared = take_count(&reader);
    late->count = take_count(&reader);
    late->pairs = reader.at;
    late->end = reader.end;
}

/// Passes over one value. Does not touch the stack.
static void skip_value(struct reader *reader, unsigned depth) {
    if (depth > SBX_MAX_DEPTH) broken(reader);
    enum sbx_tag tag = *take(reader, 1);
    switch (tag) {
    case SBX_TAG_NULL:
    case SBX_TAG_NO:
    case SBX_TAG_YES:
    case SBX_TAG_ASKED: return;
    case SBX_TAG_INTEGER:
    case SBX_TAG_DOUBLE: take(reader, 8); return;
    case SBX_TAG_STRING:
    case SBX_TAG_LATE: take(reader, take_count(reader)); return;
    case SBX_TAG_KEYED: take(reader, 4); return;
    case SBX_TAG_DECLARED: take(reader, 4); // fall through
    case SBX_TAG_LIST:
    case SBX_TAG_TABLE: {
        uint32_t count = take_count(reader);
        for (uint32_t i = 0; i < count; i++) {
            if (tag != SBX_TAG_LIST) take(reader, take_count(reader));
            skip_value(reader, depth + 1);
        }
        return;
    }
    default: broken(reader);
    }
}

bool sbx_decode_named(
    lua_State *L, const uint8_t *at, const uint8_t *end, uint32_t count, const char *name, size_t length) {
    struct reader reader = {at, end, L, &sbx_of(L)->names, 0};
    for (uint32_t i = 0; i < count; i++) {
        uint32_t size = take_count(&reader);
        const uint8_t *key = take(&reader, size);
        if (size != length || memcmp(key, name, length) != 0) {
            skip_value(&reader, 0);
            continue;
        }
        if (reader.at < end && *reader.at >= SBX_TAG_LIST) return false;
        sbx_decode(L, &reader.at, end, false);
        return true;
    }
    lua_pushnil(L);
    return true;
}
