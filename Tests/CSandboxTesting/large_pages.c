// The memory of arenas as it is on a machine whose pages have 16 KiB: the sandbox's own file once more, with the
// system asked through the functions here. They note what a system with such pages would refuse.
#define _GNU_SOURCE
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "arena_probe.h"

enum { LARGE_PAGE = 16 << 10 };

static const char *violation;

static long large_sysconf(int name) { return name == _SC_PAGESIZE ? LARGE_PAGE : sysconf(name); }

static void require_whole_pages(const void *start, size_t bytes, const char *what) {
    if ((uintptr_t)start % LARGE_PAGE != 0 || bytes % LARGE_PAGE != 0) violation = what;
}

/// Begins at a large page, as all memory does on such a machine.
static void *large_mmap(void *address, size_t bytes, int protection, int flags, int file, off_t offset) {
    require_whole_pages(address, bytes, "memory is wanted that is not whole pages");
    uint8_t *memory = mmap(address, bytes + LARGE_PAGE, protection, flags, file, offset);
    if (memory == MAP_FAILED) return memory;
    size_t before = (LARGE_PAGE - (uintptr_t)memory % LARGE_PAGE) % LARGE_PAGE;
    if (before > 0) munmap(memory, before);
    if (before < LARGE_PAGE) munmap(memory + before + bytes, LARGE_PAGE - before);
    return memory + before;
}

static int large_madvise(void *start, size_t bytes, int advice) {
    require_whole_pages(start, bytes, "advice is given on a part of a page");
    return madvise(start, bytes, advice);
}

static int large_mprotect(void *start, size_t bytes, int protection) {
    require_whole_pages(start, bytes, "a part of a page is protected");
    return mprotect(start, bytes, protection);
}

#define sysconf large_sysconf
#define mmap large_mmap
#define madvise large_madvise
#define mprotect large_mprotect
#define sbx_arena_map large_arena_map
#define sbx_arena_unmap large_arena_unmap
#define sbx_arena_clear large_arena_clear
#define sbx_arena_trim large_arena_trim
#define sbx_arena_reserve_cold large_arena_reserve_cold
#define sbx_arena_seal large_arena_seal
#define sbx_arena_open_at large_arena_open_at
#include "arena_map.c"

const char *arena_probe_large_pages(size_t limit_bytes) {
    violation = NULL;
    struct sbx_arena arena;
    if (!large_arena_map(&arena, limit_bytes)) return "there is no memory";
    large_arena_reserve_cold(&arena, 5000);
    arena.cold_next = arena.cold_start + 5000;
    memset(arena.start, 1, (size_t)(arena.end - arena.start));
    // What is used ends in the middle of pages.
    arena.state.small_low -= 4096 * 3;
    arena.state.large_high += 4096 * 2;
    large_arena_seal(&arena);
    if (!arena.is_sealed || !large_arena_open_at(&arena, arena.cold_start)) violation = "it is not sealed or opened";
    large_arena_trim(&arena);
    for (uint8_t *byte = arena.state.small_low; byte < arena.cold_next; byte++) {
        if (*byte != 1) violation = "what is used was given back";
    }
    for (uint8_t *byte = arena.middle; byte < arena.state.large_high; byte++) {
        if (*byte != 1) violation = "what is used was given back";
    }
    large_arena_unmap(&arena);
    return violation;
}
