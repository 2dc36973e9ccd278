// The fixed order of a table's keys.
//
// Numbers come first, upwards; then strings by their bytes; then false and true. Tables, functions and
// coroutines as keys have no content to be ordered by: they follow in the order of their places in the
// arena. The allocator gives the same places to the same program on every machine, so that order is as
// fixed as the others, though it means nothing; only where keys were taken out of tables and others put in
// does the interpreter's own random seed have a say in how often it asks for memory.
#ifndef SBX_ORDER_H
#define SBX_ORDER_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A key while it is compared.
struct sbx_key {
    uint8_t rank;
    bool is_integer;
    lua_Integer integer;
    union {
        lua_Number number;
        const char *text;
        uintptr_t address;
    };
    size_t length;
    /// Where the key itself is kept.
    lua_Integer position;
};

/// Describes the value at `index`; a string must stay alive meanwhile. Does not raise.
void sbx_key_read(lua_State *L, int index, struct sbx_key *key);

/// Negative, zero or positive. Does not touch the stack.
int sbx_key_compare(const struct sbx_key *a, const struct sbx_key *b);

enum { SBX_FEW_KEYS = 16 };

/// How many keys the table at `index` has, and whether they lie as 1, 2, 3 and so on. Does not raise.
bool sbx_is_sequence(lua_State *L, int index, lua_Integer *count);

/// Pushes a sequence of the `count` keys of the table at `index` in their order. May raise (memory).
void sbx_push_ordered_keys(lua_State *L, int index, lua_Integer count);

#endif
