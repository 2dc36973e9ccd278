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
    /// A longer text is not a name.
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
    /// The name that was found last, and by the number of a name the one that was found after it: texts come
    /// in nearly the same order in every call. Any numbers of names will do here: a call may be left anywhere.
    uint8_t last, following[SBX_MAX_NAMES + 1];
};

/// The first eight bytes; what a shorter text does not have is zero. `room` bytes may be read.
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

/// A text as it is compared with names.
struct sbx_name_key {
    uint64_t head, tail;
    size_t length;
};

static inline bool sbx_name_is(const struct sbx_name *name, struct sbx_name_key key) {
    return name->length == key.length && sbx_name_head(name->text, key.length, sizeof name->text) == key.head &&
        sbx_name_tail(name->text, key.length) == key.tail;
}

static inline unsigned sbx_name_slot(struct sbx_name_key key) {
    uint64_t mixed = (key.head ^ (key.tail << 3) ^ key.length) * UINT64_C(0x9E3779B97F4A7C15);
    return (unsigned)(mixed >> 56) % SBX_NAME_SLOTS;
}

/// The number of a name by its hash; 0 if the text is not a name.
static inline unsigned sbx_name_search(const struct sbx_names *names, struct sbx_name_key key) {
    for (unsigned slot = sbx_name_slot(key);; slot = (slot + 1) % SBX_NAME_SLOTS) {
        unsigned number = names->slots[slot];
        if (number == 0 || sbx_name_is(&names->items[number - 1], key)) return number;
    }
}

/// The number of a name, from 1; 0 if the text is not a name. `room` is how many bytes may be read from `text`.
static inline unsigned sbx_name_find(struct sbx_names *names, const char *text, size_t length, size_t room) {
    if (length - 1 >= SBX_MAX_NAME_BYTES) return 0;
    struct sbx_name_key key = {sbx_name_head(text, length, room), sbx_name_tail(text, length), length};
    unsigned number = names->following[names->last];
    if (number == 0 || !sbx_name_is(&names->items[number - 1], key)) {
        number = sbx_name_search(names, key);
        if (number == 0) return 0;
        names->following[names->last] = (uint8_t)number;
    }
    names->last = (uint8_t)number;
    return number;
}

/// Keeps a name, unless it is too long, known, or there are too many. False if there is no memory.
bool sbx_name_add(struct sbx_names *names, const char *text, size_t length);

#endif
