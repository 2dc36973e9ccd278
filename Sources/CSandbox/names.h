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
    /// A longer text is no name.
    SBX_MAX_NAME_BYTES = 16,
    /// At least twice the names, and a power of two.
    SBX_NAME_SLOTS = 256,
};

struct sbx_name {
    /// Filled up with zeros.
    char text[SBX_MAX_NAME_BYTES];
    uint32_t length;
};

struct sbx_names {
    unsigned count;
    /// The number of a name, from 1, or 0 for none, by the hash of its text; the next one if that is taken.
    uint8_t slots[SBX_NAME_SLOTS];
    struct sbx_name *items;
};

/// The first eight bytes; what a shorter text has not is zero. `room` bytes may be read.
static inline uint64_t sbx_name_head(const char *text, size_t length, size_t room) {
    uint64_t head = 0;
    if (length >= 8) memcpy(&head, text, 8);
    else if (room >= 8) head = (memcpy(&head, text, 8), head & ((UINT64_C(1) << (length * 8)) - 1));
    else memcpy(&head, text, length);
    return head;
}

/// The last eight bytes, or nothing of a shorter text.
static inline uint64_t sbx_name_tail(const char *text, size_t length) {
    uint64_t tail = 0;
    if (length >= 8) memcpy(&tail, text + length - 8, 8);
    return tail;
}

static inline unsigned sbx_name_slot(uint64_t head, uint64_t tail, size_t length) {
    uint64_t mixed = (head ^ (tail << 3) ^ length) * UINT64_C(0x9E3779B97F4A7C15);
    return (unsigned)(mixed >> 56) % SBX_NAME_SLOTS;
}

/// The number of a name, from 1; 0 if the text is none. `room` is how many bytes may be read from `text`.
static inline unsigned sbx_name_find(
    const struct sbx_names *names, const char *text, size_t length, size_t room) {
    if (length - 1 >= SBX_MAX_NAME_BYTES) return 0;
    uint64_t head = sbx_name_head(text, length, room), tail = sbx_name_tail(text, length);
    for (unsigned slot = sbx_name_slot(head, tail, length);; slot = (slot + 1) % SBX_NAME_SLOTS) {
        unsigned number = names->slots[slot];
        if (number == 0) return 0;
        const struct sbx_name *name = &names->items[number - 1];
        bool is_same = name->length == length && sbx_name_head(name->text, length, sizeof name->text) == head &&
            sbx_name_tail(name->text, length) == tail;
        if (is_same) return number;
    }
}

/// Keeps a name, unless it is too long, known, or there are too many. False if there is no memory.
bool sbx_name_add(struct sbx_names *names, const char *text, size_t length);

#endif
