#include "names.h"

#include <stdlib.h>

bool sbx_name_add(struct sbx_names *names, const char *text, size_t length) {
    if (length - 1 >= SBX_MAX_NAME_BYTES || names->count == SBX_MAX_NAMES) return true;
    struct sbx_name_key key = {sbx_name_head(text, length, length), sbx_name_tail(text, length), length};
    if (sbx_name_search(names, key)) return true;
    struct sbx_name *items = realloc(names->items, (names->count + 1) * sizeof *items);
    if (!items) return false;
    names->items = items;
    struct sbx_name *name = &items[names->count++];
    memset(name, 0, sizeof *name);
    name->length = (uint32_t)length;
    memcpy(name->text, text, length);
    unsigned slot = sbx_name_slot(key);
    while (names->slots[slot]) slot = (slot + 1) % SBX_NAME_SLOTS;
    names->slots[slot] = (uint8_t)names->count;
    return true;
}
