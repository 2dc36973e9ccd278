// Has the interpreter call functions of ours in place of some of the C library's. Which function a library calls is
// written in a table of its own, which the dynamic linker fills; here it is found by the functions' names and
// filled with others.
#define _GNU_SOURCE
#include "binding.h"

#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bounded.h"
#include "printing.h"

#if defined(__x86_64__)
enum { JUMP_SLOT = R_X86_64_JUMP_SLOT, GLOBAL_DATA = R_X86_64_GLOB_DAT };
#elif defined(__aarch64__)
enum { JUMP_SLOT = R_AARCH64_JUMP_SLOT, GLOBAL_DATA = R_AARCH64_GLOB_DAT };
#else
#error "say how this processor's linker binds functions"
#endif

/// The tables by which a library's functions are bound.
struct binding {
    uintptr_t base;
    const ElfW(Sym) *symbols;
    const char *names;
    const ElfW(Rela) *jumps, *data;
    size_t jump_bytes, data_bytes;
    /// What the linker made unwritable after it had bound it.
    uintptr_t sealed_low, sealed_high;
};

/// An address of the dynamic section, which some linkers leave relative.
static const void *address_of(const struct binding *binding, uintptr_t address) {
    return (const void *)(address < binding->base ? address + binding->base : address);
}

static void read_section(struct binding *binding, const ElfW(Dyn) *entry) {
    for (; entry->d_tag != DT_NULL; entry++) {
        const void *address = address_of(binding, entry->d_un.d_ptr);
        switch (entry->d_tag) {
        case DT_SYMTAB: binding->symbols = address; break;
        case DT_STRTAB: binding->names = address; break;
        case DT_JMPREL: binding->jumps = address; break;
        case DT_PLTRELSZ: binding->jump_bytes = entry->d_un.d_val; break;
        case DT_RELA: binding->data = address; break;
        case DT_RELASZ: binding->data_bytes = entry->d_un.d_val; break;
        default: break;
        }
    }
}

/// Writes a function's address where the library looks for it. False if the system does not allow it.
static bool bind(const struct binding *binding, uintptr_t slot, uintptr_t function) {
    uintptr_t page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE);
    void *page = (void *)(slot & ~(page_bytes - 1));
    bool is_sealed = slot >= binding->sealed_low && slot < binding->sealed_high;
    if (is_sealed && mprotect(page, page_bytes, PROT_READ | PROT_WRITE) != 0) return false;
    __atomic_store_n((uintptr_t *)slot, function, __ATOMIC_RELEASE);
    if (is_sealed) mprotect(page, page_bytes, PROT_READ);
    return true;
}

/// The function that takes the place of the one of this name; 0 for none.
static uintptr_t replacement(const char *name) {
    uintptr_t function = sbx_printing_replacement(name);
    return function ? function : sbx_bounded_replacement(name);
}

/// Returns how many were bound.
static int bind_all(const struct binding *binding, const ElfW(Rela) *relocations, size_t bytes) {
    int count = 0;
    for (size_t i = 0; relocations && i < bytes / sizeof *relocations; i++) {
        const ElfW(Rela) *relocation = &relocations[i];
        unsigned type = ELF64_R_TYPE(relocation->r_info);
        if (type != JUMP_SLOT && type != GLOBAL_DATA) continue;
        const char *name =
            binding->names + binding->symbols[ELF64_R_SYM(relocation->r_info)].st_name;
        uintptr_t function = replacement(name);
        if (function && bind(binding, binding->base + relocation->r_offset, function)) count++;
    }
    return count;
}

static int look_at(struct dl_phdr_info *info, size_t size, void *found) {
    (void)size;
    const char *path = info->dlpi_name ? info->dlpi_name : "";
    const char *slash = strrchr(path, '/');
    if (strncmp(slash ? slash + 1 : path, "liblua5.4.so", 12) != 0) return 0;
    struct binding binding = {.base = info->dlpi_addr};
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        uintptr_t low = info->dlpi_addr + header->p_vaddr;
        if (header->p_type == PT_DYNAMIC) read_section(&binding, (const ElfW(Dyn) *)low);
        if (header->p_type != PT_GNU_RELRO) continue;
        binding.sealed_low = low;
        binding.sealed_high = low + header->p_memsz;
    }
    if (!binding.symbols || !binding.names) return 0;
    *(int *)found += bind_all(&binding, binding.jumps, binding.jump_bytes) +
        bind_all(&binding, binding.data, binding.data_bytes);
    return 0;
}

bool sbx_binding_make(void) {
    int found = 0;
    dl_iterate_phdr(look_at, &found);
    return found > 0;
}
