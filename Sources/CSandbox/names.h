// The texts that a program's arguments are known to use: keys, and words such as those of a status.
// They are made strings once, while the program is loaded, and are part of its image, so that decoding
// finds them instead of making each anew for every call.
#ifndef SBX_NAMES_H
#define SBX_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
    /// More names than this are not kept.
    SBX_MAX_NAMES = 128,
    /// A longer text is no name: the interpreter keeps no longer ones once.
    SBX_MAX_NAME_BYTES = 40,
    /// At least twice the names, and a power of two.
    SBX_NAME_SLOTS = 256,
};

struct sbx_name {
    uint8_t length;
    char text[SBX_MAX_NAME_BYTES];
};

struct sbx_names {
    unsigned count;
    /// The number of a name, from 1, or 0 for none, by the hash of its text; the next one if that is taken.
    uint8_t slots[SBX_NAME_SLOTS];
    struct sbx_name names[SBX_MAX_NAMES];
};

static inline unsigned sbx_name_slot(const char *text, size_t length) {
    unsigned first = (unsigned char)text[0], middle = (unsigned char)text[length / 2];
    unsigned last = (unsigned char)text[length - 1];
    return (first * 7 + middle * 31 + last * 57 + (unsigned)length * 131) % SBX_NAME_SLOTS;
}

/// The number of a name, from 1; 0 if the text is none.
static inline unsigned sbx_name_find(const struct sbx_names *names, const char *text, size_t length) {
    if (length - 1 >= SBX_MAX_NAME_BYTES) return 0;
    for (unsigned slot = sbx_name_slot(text, length);; slot = (slot + 1) % SBX_NAME_SLOTS) {
        unsigned number = names->slots[slot];
        if (number == 0) return 0;
        const struct sbx_name *name = &names->names[number - 1];
        if (name->length == length && memcmp(name->text, text, length) == 0) return number;
    }
}

/// Keeps a name, unless it is too long, known, or there are too many.
static inline void sbx_name_add(struct sbx_names *names, const char *text, size_t length) {
    if (length - 1 >= SBX_MAX_NAME_BYTES || names->count == SBX_MAX_NAMES) return;
    if (sbx_name_find(names, text, length)) return;
    struct sbx_name *name = &names->names[names->count++];
    name->length = (uint8_t)length;
    memcpy(name->text, text, length);
    unsigned slot = sbx_name_slot(text, length);
    while (names->slots[slot]) slot = (slot + 1) % SBX_NAME_SLOTS;
    names->slots[slot] = (uint8_t)names->count;
}

#endif
