#define _GNU_SOURCE
#include "code.h"

#include <link.h>
#include <string.h>

struct range {
    uintptr_t low, high;
};

enum { MOST_RANGES = 8 };

static struct range cuttable[MOST_RANGES], called[MOST_RANGES];
static int cuttable_count, called_count;

// The linker names the borders of a section whose name is a name in C.
extern char __start_sbx_cuttable[] __attribute__((visibility("hidden")));
extern char __stop_sbx_cuttable[] __attribute__((visibility("hidden")));

static bool is_named(const char *path, const char *name) {
    const char *slash = strrchr(path, '/');
    return strncmp(slash ? slash + 1 : path, name, strlen(name)) == 0;
}

static int look_at(struct dl_phdr_info *info, size_t size, void *unused) {
    (void)size;
    (void)unused;
    if (!info->dlpi_name) return 0;
    bool is_lua = is_named(info->dlpi_name, "liblua5.4.so");
    bool is_library =
        is_named(info->dlpi_name, "libc.so") || is_named(info->dlpi_name, "libm.so");
    if (!is_lua && !is_library) return 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        if (header->p_type != PT_LOAD || !(header->p_flags & PF_X)) continue;
        uintptr_t low = info->dlpi_addr + header->p_vaddr;
        struct range range = {low, low + header->p_memsz};
        if (is_lua && cuttable_count < MOST_RANGES) cuttable[cuttable_count++] = range;
        if (is_library && called_count < MOST_RANGES) called[called_count++] = range;
    }
    return 0;
}

bool sbx_code_find(void) {
    cuttable[0] = (struct range){(uintptr_t)__start_sbx_cuttable, (uintptr_t)__stop_sbx_cuttable};
    cuttable_count = 1;
    dl_iterate_phdr(look_at, NULL);
    return cuttable_count > 1;
}

static bool contains(const struct range *ranges, int count, uintptr_t address) {
    for (int i = 0; i < count; i++) {
        if (address >= ranges[i].low && address < ranges[i].high) return true;
    }
    return false;
}

bool sbx_is_cuttable(uintptr_t address) { return contains(cuttable, cuttable_count, address); }

bool sbx_is_in_interpreter(uintptr_t address) {
    return contains(cuttable + 1, cuttable_count - 1, address);
}

bool sbx_is_containable(uintptr_t address) {
    return sbx_is_cuttable(address) || contains(called, called_count, address);
}
