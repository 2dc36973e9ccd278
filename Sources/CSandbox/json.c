// JSON, strictly: UTF-8, integers within 64 bits, finite numbers, no name twice, bounded depth. A number
// without fraction and exponent is an integer. Mistakes are Lua errors, which a plugin may catch. What is shown to people
// has none: there a table may hold anything.
#include <lauxlib.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "fail.h"
#include "late.h"
#include "marks.h"
#include "order.h"
#include "state.h"
#include "tostring.h"
#include "utf8.h"

#include "cuttable.h"

/// Raises an error about the one argument. `problem` says more as for lua_pushfstring.
static void mistaken(lua_State *L, const char *problem, ...) {
    va_list arguments;
    va_start(arguments, problem);
    const char *text = lua_pushvfstring(L, problem, arguments);
    va_end(arguments);
    luaL_argerror(L, 1, text);
}

enum {
    /// How deep lists and objects may be nested.
    DEPTH_LIMIT = 64,
    /// How many levels of them people are shown.
    SHOWN_DEPTH = 8,
    /// After how many bytes what people are shown is cut.
    SHOWN_BYTES = 8192,
};

/// Text that grows inside a userdata of the state, at a fixed place of the stack.
struct text {
    lua_State *L;
    int slot;
    char *start;
    size_t length, capacity;
    /// Whether it is for people, and nothing in it is a mistake.
    bool is_shown;
};

/// May raise (memory).
static char *reserve(struct text *text, size_t count) {
    if (text->capacity - text->length < count) {
        size_t capacity = text->capacity * 2;
        while (capacity - text->length < count) capacity *= 2;
        char *larger = lua_newuserdatauv(text->L, capacity, 0);
        memcpy(larger, text->start, text->length);
        lua_replace(text->L, text->slot);
        text->start = larger;
        text->capacity = capacity;
    }
    return text->start + text->length;
}

static void add(struct text *text, const char *bytes, size_t count) {
    memcpy(reserve(text, count), bytes, count);
    text->length += count;
}

static void add_word(struct text *text, const char *word) { add(text, word, strlen(word)); }

static void open_text(struct text *text, lua_State *L, bool is_shown) {
    text->L = L;
    text->is_shown = is_shown;
    text->length = 0;
    text->capacity = 512;
    text->start = lua_newuserdatauv(L, text->capacity, 0);
    text->slot = lua_gettop(L);
}

static void add_quoted(struct text *text, const char *bytes, size_t count) {
    // What is shown is repaired where it is logged.
    if (!text->is_shown && !sbx_is_utf8(bytes, count)) mistaken(text->L, "a text is not valid UTF-8");
    add(text, "\"", 1);
    size_t start = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7F) continue;
        add(text, bytes + start, i - start);
        start = i + 1;
        char escape[8];
        int length;
        switch (c) {
        case '"': length = snprintf(escape, sizeof escape, "\\\""); break;
        case '\\': length = snprintf(escape, sizeof escape, "\\\\"); break;
        case '\n': length = snprintf(escape, sizeof escape, "\\n"); break;
        case '\r': length = snprintf(escape, sizeof escape, "\\r"); break;
        case '\t': length = snprintf(escape, sizeof escape, "\\t"); break;
        default: length = snprintf(escape, sizeof escape, "\\u%04x", c); break;
        }
        add(text, escape, (size_t)length);
    }
    add(text, bytes + start, count - start);
    add(text, "\"", 1);
}

static void add_double(struct text *text, double number) {
    if (!isfinite(number)) {
        if (!text->is_shown) mistaken(text->L, "a number is not finite");
        add_word(text, number != number ? "nan" : number > 0 ? "inf" : "-inf");
        return;
    }
    char digits[40];
    int length = 0;
    for (int precision = 15; precision <= 17; precision++) {
        length = snprintf(digits, sizeof digits, "%.*g", precision, number);
        if (strtod(digits, NULL) == number) break;
    }
    add(text, digits, (size_t)length);
    // So that it is read as a double again.
    if (!memchr(digits, '.', (size_t)length) && !memchr(digits, 'e', (size_t)length)) add(text, ".0", 2);
}

static void add_table(struct text *text, int index, int depth);

/// The value at `index`. Stack: unchanged. May raise.
static void add_value(struct text *text, int index, int depth) {
    lua_State *L = text->L;
    switch (lua_type(L, index)) {
    case LUA_TNIL: add_word(text, "null"); return;
    case LUA_TBOOLEAN: add_word(text, lua_toboolean(L, index) ? "true" : "false"); return;
    case LUA_TNUMBER:
        if (lua_isinteger(L, index)) {
            char digits[32];
            int length =
                snprintf(digits, sizeof digits, "%lld", (long long)lua_tointeger(L, index));
            add(text, digits, (size_t)length);
        } else {
            add_double(text, lua_tonumber(L, index));
        }
        return;
    case LUA_TSTRING: {
        size_t length;
        const char *bytes = lua_tolstring(L, index, &length);
        add_quoted(text, bytes, length);
        return;
    }
    case LUA_TTABLE: add_table(text, index, depth); return;
    case LUA_TLIGHTUSERDATA:
        if (lua_touserdata(L, index) == SBX_NULL) {
            add_word(text, "null");
            return;
        }
        // fallthrough
    default:
        if (!text->is_shown) {
            mistaken(
                L, "a %s cannot be written as JSON", sbx_is_secret(L, index) ? "secret" : luaL_typename(L, index));
        }
        sbx_push_text(L, index);
        add_word(text, lua_tostring(L, -1));
        lua_pop(L, 1);
    }
}

/// The key on top of the stack, before its value. Stack: unchanged. May raise.
static void add_key(struct text *text) {
    lua_State *L = text->L;
    if (lua_type(L, -1) == LUA_TSTRING) {
        size_t length;
        const char *name = lua_tolstring(L, -1, &length);
        add_quoted(text, name, length);
    } else {
        if (!text->is_shown) mistaken(L, "a table has keys that are neither 1 to n nor texts");
        add(text, "[", 1);
        if (lua_type(L, -1) == LUA_TTABLE) add_word(text, "table");
        else add_value(text, lua_gettop(L), 0);
        add(text, "]", 1);
    }
    add(text, ":", 1);
}

/// Whether the ordered keys at `keys` are 1 to `count`, or else begin with a number, which is a mistake where the text
/// is not for people. Stack: unchanged. May raise.
static bool are_positions(const struct text *text, int keys, lua_Integer count) {
    lua_State *L = text->L;
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(L, keys, i);
        bool is_number = lua_isinteger(L, -1), is_position = is_number && lua_tointeger(L, -1) == i;
        lua_pop(L, 1);
        if (is_position) continue;
        if (!text->is_shown && (i > 1 || is_number)) {
            mistaken(L, "a table has keys that are neither 1 to n nor texts");
        }
        return false;
    }
    return count > 0;
}

/// The table at `index`. Stack: unchanged. May raise.
static void add_table(struct text *text, int index, int depth) {
    lua_State *L = text->L;
    if (depth >= DEPTH_LIMIT) mistaken(L, "more than %d levels deep", DEPTH_LIMIT);
    luaL_checkstack(L, 6, NULL);
    sbx_make_late(L, index);
    lua_Integer count;
    sbx_is_sequence(L, index, &count);
    if (text->is_shown && count > 0 && depth >= SHOWN_DEPTH) {
        add_word(text, "{...}");
        return;
    }
    sbx_push_ordered_keys(L, index, count);
    int keys = lua_gettop(L);
    bool is_list = are_positions(text, keys, count) || (count == 0 && sbx_is_marked_list(L, index));
    add(text, is_list ? "[" : "{", 1);
    for (lua_Integer i = 1; i <= count; i++) {
        if (i > 1) add(text, ",", 1);
        if (text->is_shown && text->length >= SHOWN_BYTES) {
            add_word(text, "...");
            break;
        }
        lua_rawgeti(L, keys, i);
        if (!is_list) add_key(text);
        lua_rawget(L, index);
        add_value(text, lua_gettop(L), depth + 1);
        lua_settop(L, keys);
    }
    lua_pop(L, 1);
    add(text, is_list ? "]" : "}", 1);
}

int sbx_json_encode(lua_State *L) {
    sbx_enter(L);
    luaL_checkany(L, 1);
    lua_settop(L, 1);
    struct text text;
    open_text(&text, L, false);
    add_value(&text, 1, 0);
    lua_pushlstring(L, text.start, text.length);
    return 1;
}

void sbx_push_shown(lua_State *L, int index) {
    index = lua_absindex(L, index);
    bool is_plain = lua_type(L, index) == LUA_TTABLE;
    if (is_plain && luaL_getmetafield(L, index, "__tostring") != LUA_TNIL) {
        lua_pop(L, 1);
        is_plain = false;
    }
    if (!is_plain) {
        sbx_push_text(L, index);
        return;
    }
    luaL_checkstack(L, 4, NULL);
    struct text text;
    open_text(&text, L, true);
    add_value(&text, index, 0);
    lua_pushlstring(L, text.start, text.length);
    lua_remove(L, text.slot);
}

struct scanner {
    lua_State *L;
    const char *start, *at, *end;
    struct text scratch;
};

static void wrong(struct scanner *scanner, const char *problem) {
    mistaken(scanner->L, "%s, at byte %d", problem, (int)(scanner->at - scanner->start) + 1);
}

static void skip_space(struct scanner *scanner) {
    while (scanner->at < scanner->end && strchr(" \n\r\t", *scanner->at) && *scanner->at) scanner->at++;
}

static bool is_next(struct scanner *scanner, char c) {
    if (scanner->at >= scanner->end || *scanner->at != c) return false;
    scanner->at++;
    return true;
}

static unsigned scan_hexadecimal(struct scanner *scanner) {
    unsigned code = 0;
    for (int i = 0; i < 4; i++) {
        char c = scanner->at < scanner->end ? *scanner->at : 0;
        unsigned digit;
        if (c >= '0' && c <= '9') digit = (unsigned)(c - '0');
        else if (c >= 'a' && c <= 'f') digit = (unsigned)(c - 'a') + 10;
        else if (c >= 'A' && c <= 'F') digit = (unsigned)(c - 'A') + 10;
        else return wrong(scanner, "expected four hexadecimal digits"), 0u;
        code = code << 4 | digit;
        scanner->at++;
    }
    return code;
}

static void add_character(struct text *text, unsigned code) {
    char bytes[4];
    size_t length;
    if (code < 0x80) {
        bytes[0] = (char)code;
        length = 1;
    } else if (code < 0x800) {
        bytes[0] = (char)(0xC0 | code >> 6);
        bytes[1] = (char)(0x80 | (code & 0x3F));
        length = 2;
    } else if (code < 0x10000) {
        bytes[0] = (char)(0xE0 | code >> 12);
        bytes[1] = (char)(0x80 | (code >> 6 & 0x3F));
        bytes[2] = (char)(0x80 | (code & 0x3F));
        length = 3;
    } else {
        bytes[0] = (char)(0xF0 | code >> 18);
        bytes[1] = (char)(0x80 | (code >> 12 & 0x3F));
        bytes[2] = (char)(0x80 | (code >> 6 & 0x3F));
        bytes[3] = (char)(0x80 | (code & 0x3F));
        length = 4;
    }
    add(text, bytes, length);
}

static void scan_escape(struct scanner *scanner) {
    struct text *text = &scanner->scratch;
    char c = scanner->at < scanner->end ? *scanner->at++ : 0;
    switch (c) {
    case '"': case '\\': case '/': add(text, &c, 1); return;
    case 'b': add(text, "\b", 1); return;
    case 'f': add(text, "\f", 1); return;
    case 'n': add(text, "\n", 1); return;
    case 'r': add(text, "\r", 1); return;
    case 't': add(text, "\t", 1); return;
    case 'u': break;
    default: wrong(scanner, "JSON does not have this escape");
    }
    unsigned code = scan_hexadecimal(scanner);
    if (code >= 0xD800 && code < 0xDC00) {
        unsigned low = 0;
        if (is_next(scanner, '\\') && is_next(scanner, 'u')) low = scan_hexadecimal(scanner);
        if (low < 0xDC00 || low >= 0xE000) wrong(scanner, "half of a surrogate pair");
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    } else if (code >= 0xDC00 && code < 0xE000) {
        wrong(scanner, "half of a surrogate pair");
    }
    add_character(text, code);
}

/// Stack: pushes a string. May raise.
static void scan_string(struct scanner *scanner) {
    scanner->at++;
    scanner->scratch.length = 0;
    const char *piece = scanner->at;
    for (;;) {
        if (scanner->at >= scanner->end) wrong(scanner, "a text is not closed");
        unsigned char c = (unsigned char)*scanner->at;
        if (c < 0x20) wrong(scanner, "a control character in a text");
        if (c != '"' && c != '\\') {
            scanner->at++;
            continue;
        }
        size_t length = (size_t)(scanner->at - piece);
        if (!sbx_is_utf8(piece, length)) wrong(scanner, "a text is not valid UTF-8");
        scanner->at++;
        if (c == '"' && scanner->scratch.length == 0) {
            lua_pushlstring(scanner->L, piece, length);
            return;
        }
        add(&scanner->scratch, piece, length);
        if (c == '"') break;
        scan_escape(scanner);
        piece = scanner->at;
    }
    lua_pushlstring(scanner->L, scanner->scratch.start, scanner->scratch.length);
}

static size_t scan_digits(struct scanner *scanner) {
    const char *start = scanner->at;
    while (scanner->at < scanner->end && *scanner->at >= '0' && *scanner->at <= '9') scanner->at++;
    return (size_t)(scanner->at - start);
}

/// Stack: pushes a number. May raise.
static void scan_number(struct scanner *scanner) {
    const char *start = scanner->at;
    bool is_integer = true;
    bool is_negative = is_next(scanner, '-');
    const char *digits = scanner->at;
    size_t count = scan_digits(scanner);
    if (count == 0 || (count > 1 && *digits == '0')) wrong(scanner, "not a JSON number");
    if (is_next(scanner, '.')) {
        is_integer = false;
        if (scan_digits(scanner) == 0) wrong(scanner, "not a JSON number");
    }
    if (is_next(scanner, 'e') || is_next(scanner, 'E')) {
        is_integer = false;
        if (!is_next(scanner, '+')) is_next(scanner, '-');
        if (scan_digits(scanner) == 0) wrong(scanner, "not a JSON number");
    }
    if (is_integer) {
        uint64_t number = 0;
        uint64_t most = is_negative ? (uint64_t)1 << 63 : INT64_MAX;
        for (size_t i = 0; i < count; i++) {
            unsigned digit = (unsigned)(digits[i] - '0');
            if (number > (most - digit) / 10) wrong(scanner, "an integer needs more than 64 bits");
            number = number * 10 + digit;
        }
        lua_pushinteger(scanner->L, (lua_Integer)(is_negative ? 0 - number : number));
        return;
    }
    // What follows a number is never a part of one, and the text ends with a zero byte.
    double number = strtod(start, NULL);
    if (!isfinite(number)) wrong(scanner, "a number is too large");
    lua_pushnumber(scanner->L, number);
}

static void scan_word(struct scanner *scanner, const char *word) {
    size_t length = strlen(word);
    if ((size_t)(scanner->end - scanner->at) < length || memcmp(scanner->at, word, length) != 0) {
        wrong(scanner, "expected a JSON value");
    }
    scanner->at += length;
}

/// Stack: pushes a value. May raise.
static void scan_value(struct scanner *scanner, int depth) {
    lua_State *L = scanner->L;
    if (depth > DEPTH_LIMIT) wrong(scanner, "too many levels deep");
    luaL_checkstack(L, 6, NULL);
    skip_space(scanner);
    if (scanner->at >= scanner->end) wrong(scanner, "the JSON ends too early");
    switch (*scanner->at) {
    case 'n':
        scan_word(scanner, "null");
        lua_pushlightuserdata(L, SBX_NULL);
        return;
    case 't':
        scan_word(scanner, "true");
        lua_pushboolean(L, 1);
        return;
    case 'f':
        scan_word(scanner, "false");
        lua_pushboolean(L, 0);
        return;
    case '"': scan_string(scanner); return;
    case '[': {
        scanner->at++;
        lua_newtable(L);
        sbx_mark_list(L);
        skip_space(scanner);
        if (is_next(scanner, ']')) return;
        for (lua_Integer i = 1;; i++) {
            scan_value(scanner, depth + 1);
            lua_rawseti(L, -2, i);
            skip_space(scanner);
            if (is_next(scanner, ']')) return;
            if (!is_next(scanner, ',')) wrong(scanner, "expected a comma or ]");
        }
    }
    case '{':
        scanner->at++;
        lua_newtable(L);
        skip_space(scanner);
        if (is_next(scanner, '}')) return;
        for (;;) {
            skip_space(scanner);
            if (scanner->at >= scanner->end || *scanner->at != '"') {
                wrong(scanner, "expected a name in quotes");
            }
            scan_string(scanner);
            lua_pushvalue(L, -1);
            if (lua_rawget(L, -3) != LUA_TNIL) wrong(scanner, "a name appears twice");
            lua_pop(L, 1);
            skip_space(scanner);
            if (!is_next(scanner, ':')) wrong(scanner, "expected a colon");
            scan_value(scanner, depth + 1);
            lua_rawset(L, -3);
            skip_space(scanner);
            if (is_next(scanner, '}')) return;
            if (!is_next(scanner, ',')) wrong(scanner, "expected a comma or }");
        }
    default:
        if (*scanner->at != '-' && (*scanner->at < '0' || *scanner->at > '9')) {
            wrong(scanner, "expected a JSON value");
        }
        scan_number(scanner);
    }
}

int sbx_json_decode(lua_State *L) {
    sbx_enter(L);
    size_t length;
    struct scanner scanner;
    scanner.L = L;
    scanner.start = scanner.at = luaL_checklstring(L, 1, &length);
    scanner.end = scanner.start + length;
    lua_settop(L, 1);
    open_text(&scanner.scratch, L, false);
    scan_value(&scanner, 1);
    skip_space(&scanner);
    if (scanner.at < scanner.end) wrong(&scanner, "something follows the end of the value");
    return 1;
}
