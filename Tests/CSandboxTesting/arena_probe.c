#define _GNU_SOURCE
#include "arena_probe.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "signals.h"
#include "state.h"

enum { GUARD = 64 << 10 };
#define PAGE ((size_t)sysconf(_SC_PAGESIZE))

/// The system reads the byte for a file that takes everything, and says so if it cannot.
static bool is_accessible(int file, const uint8_t *address) { return write(file, address, 1) == 1; }

static const char *probe_borders(const struct sbx_arena *arena, int pipe_in, int pipe_out) {
    uint8_t byte;
    for (const uint8_t *page = arena->start - GUARD; page < arena->end + GUARD; page += PAGE) {
        bool is_inside = page >= arena->start && page < arena->end;
        // What can be read can be written: there is one protection for all of a mapping.
        bool can_be_read = is_accessible(pipe_in, page);
        if (can_be_read && read(pipe_out, &byte, 1) != 1) return "the pipe is broken";
        if (is_inside && !can_be_read) return "a page of the arena is not accessible";
        if (!is_inside && can_be_read) return "a page around the arena is accessible";
    }
    return NULL;
}

const char *arena_probe_borders(size_t limit_bytes) {
    struct sbx_arena arena;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return "there is no pipe";
    const char *violation = "there is no memory";
    if (sbx_arena_map(&arena, limit_bytes)) {
        violation = probe_borders(&arena, ends[1], ends[0]);
        sbx_arena_unmap(&arena);
    }
    close(ends[0]);
    close(ends[1]);
    return violation;
}

/// How many pages of a range have memory.
static size_t resident_pages(uint8_t *start, size_t bytes) {
    size_t count = bytes / PAGE, resident = 0;
    unsigned char *pages = malloc(count);
    if (!pages || mincore(start, bytes, pages) != 0) abort();
    for (size_t i = 0; i < count; i++) resident += pages[i] & 1;
    free(pages);
    return resident;
}

static const char *probe_giving_back(struct sbx_arena *arena) {
    size_t bytes = (size_t)(arena->end - arena->start);
    memset(arena->start, 1, bytes);
    if (resident_pages(arena->start, bytes) != bytes / PAGE) return "what was touched is not there";
    arena->state.small_low = arena->middle - 3 * PAGE;
    arena->state.large_high = arena->middle + 2 * PAGE;
    sbx_arena_trim(arena);
    if (resident_pages(arena->start, bytes) != 5) return "more or less stayed than what is used";
    for (size_t i = 0; i < 5 * PAGE; i++) {
        if (arena->middle[(ptrdiff_t)i - 3 * (ptrdiff_t)PAGE] != 1) return "what is used was changed";
    }
    return NULL;
}

const char *arena_probe_giving_back(size_t limit_bytes) {
    struct sbx_arena arena;
    if (!sbx_arena_map(&arena, limit_bytes)) return "there is no memory";
    const char *violation = probe_giving_back(&arena);
    sbx_arena_unmap(&arena);
    return violation;
}

static int count_mappings(void) {
    FILE *file = fopen("/proc/self/maps", "re");
    if (!file) return -1;
    int count = 0;
    for (int character; (character = getc(file)) != EOF;) count += character == '\n';
    fclose(file);
    return count;
}

int arena_probe_mappings(size_t limit_bytes, unsigned count) {
    struct sbx_arena *arenas = calloc(count, sizeof *arenas);
    if (!arenas) return -1;
    int before = count_mappings();
    bool is_done = true;
    for (unsigned i = 0; i < count && is_done; i++) {
        is_done = sbx_arena_map(&arenas[i], limit_bytes);
        if (is_done) *arenas[i].middle = 1;
    }
    int after = count_mappings();
    for (unsigned i = 0; i < count; i++) sbx_arena_unmap(&arenas[i]);
    free(arenas);
    return is_done ? after - before : -1;
}

bool arena_probe_has_marks(void) {
    void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return false;
    bool has = madvise(page, PAGE, 102) == 0;
    munmap(page, PAGE);
    return has;
}

enum sbx_reason arena_probe_stride(struct sbx *S, bool past_end) {
    // A sanitizer has a function of its own under this name, which is not part of the C library.
    void *library = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
    void *(*fill)(void *, int, size_t) = library ? (void *(*)(void *, int, size_t))dlsym(library, "memset") : NULL;
    struct sbx_seat *seat = sbx_signals_install() ? sbx_seat_take() : NULL;
    if (!fill || !seat) return SBX_SYSTEM;
    S->seat = seat;
    S->reason = SBX_OK;
    seat->running = S;
    atomic_store(&seat->is_in_leaf, false);
    if (sigsetjmp(S->leave, 0) == 0) {
        sbx_watch_begin(&seat->watched.watch, 0);
        fill(past_end ? S->arena.end : S->arena.start - 1, 1, 1);
    }
    sbx_watch_end(&seat->watched.watch);
    dlclose(library);
    return S->reason;
}
