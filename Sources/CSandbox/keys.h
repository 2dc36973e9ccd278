// The keys that the host gives, of tables that share them (csandbox.h).
#ifndef SBX_KEYS_H
#define SBX_KEYS_H

#include <string.h>

#include "csandbox.h"

/// One key by its number.
static inline struct sbx_bytes sbx_key_at(const struct sbx_keys *keys, uint32_t number) {
    uint32_t start = number ? keys->ends[number - 1] : 0;
    return (struct sbx_bytes){keys->text + start, keys->ends[number] - start};
}

/// The number of a key, or `count` if it is not among them.
static inline uint32_t sbx_key_find(const struct sbx_keys *keys, const char *name, size_t length) {
    uint32_t low = 0, high = keys->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        uint32_t number = keys->order[middle];
        struct sbx_bytes key = sbx_key_at(keys, number);
        int order = memcmp(key.start, name, key.count < length ? key.count : length);
        if (order == 0) order = (key.count > length) - (key.count < length);
        if (order == 0) return number;
        if (order < 0) low = middle + 1;
        else high = middle;
    }
    return keys->count;
}

#endif
