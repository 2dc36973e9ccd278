// Encoded values, which is how values enter and leave a state (encode.c, decode.c). An encoded value is a tag
// and the bytes that belong to it. Numbers are written lowest byte first.
#ifndef SBX_CODEC_H
#define SBX_CODEC_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

#include "csandbox.h"
#include "seat.h"

enum sbx_tag {
    SBX_TAG_NULL = 0,
    SBX_TAG_NO = 1,
    SBX_TAG_YES = 2,
    SBX_TAG_INTEGER = 3,   // 8 bytes
    SBX_TAG_DOUBLE = 4,    // 8 bytes
    SBX_TAG_STRING = 5,    // length in 4 bytes, then so many bytes of UTF-8
    SBX_TAG_LIST = 6,      // count in 4 bytes, then so many values
    SBX_TAG_TABLE = 7,     // count in 4 bytes, then so many pairs of a length, a name and a value
    SBX_TAG_FUNCTION = 8,  // a number in 4 bytes; only in exports
    SBX_TAG_KEYED = 9,     // the number of one of the input's tables with fixed keys in 4 bytes
    SBX_TAG_LATE = 10,     // a length in 4 bytes, then so many bytes: a count in 4 bytes and pairs as a table has
    SBX_TAG_DECLARED = 11, // the number of one of the input's declared tables in 4 bytes, then as a table
    SBX_TAG_ASKED = 12,    // a table that the host gives when the program looks at it; only a whole argument
};

struct sbx_late;

/// Pushes an encoded value. `at` moves behind it. Raises when memory runs out.
void sbx_decode(lua_State *L, const uint8_t **at, const uint8_t *end, bool null_is_nil);

/// Ends the call because of what the host encoded.
_Noreturn void sbx_decode_fail(lua_State *L);

/// Sets `count` encoded pairs in the table on top of the stack. Raises when memory runs out.
void sbx_decode_pairs(lua_State *L, const uint8_t *at, const uint8_t *end, uint32_t count);

/// Says of a late table what it is to have: what an encoded table has. Ends the call if the bytes are another value.
void sbx_decode_late(lua_State *L, struct sbx_bytes value, struct sbx_late *late);

/// Pushes the value of a key among encoded pairs, nil if there is none. False, and nothing pushed, if the value is
/// a list or a table. Raises when memory runs out.
bool sbx_decode_named(
    lua_State *L, const uint8_t *at, const uint8_t *end, uint32_t count, const char *name, size_t length);

enum sbx_encode_options {
    /// Functions are numbered and kept in the registry.
    SBX_ENCODE_FUNCTIONS = 1,
    /// A value for which there is no room is not a failure: false is returned.
    SBX_ENCODE_AS_FITS = 2,
};

/// Appends the value at `index` to `buffer`; `what` begins its path in messages. Leaves the stack as it
/// was. May raise when memory runs out; ends the call if the value cannot cross.
bool sbx_encode(
    lua_State *L, int index, struct sbx_buffer *buffer, const char *what, unsigned options);

#endif
