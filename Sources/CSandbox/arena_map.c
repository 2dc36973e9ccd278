#define _GNU_SOURCE
#include "arena.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/// Inaccessible memory before and after every arena, so that a stride past its end meets nothing of ours. The
/// largest page that Linux has, so that it is whole pages on every machine.
static const size_t guard_bytes = 64 << 10;

/// 4 KiB on most machines, 16 or 64 KiB on some of arm64.
static size_t page_bytes(void) {
    static _Atomic size_t known;
    size_t bytes = atomic_load_explicit(&known, memory_order_relaxed);
    if (bytes > 0) return bytes;
    long asked = sysconf(_SC_PAGESIZE);
    bytes = asked > 0 ? (size_t)asked : guard_bytes;
    atomic_store_explicit(&known, bytes, memory_order_relaxed);
    return bytes;
}

/// How often the limit fits into each half. Live blocks alone count against the limit, so there must be
/// room for the holes between them, and for a block and its larger copy at the same time.
static const size_t room = 2;

static size_t round_up(size_t bytes) {
    size_t page = page_bytes();
    return (bytes + page - 1) / page * page;
}

#ifndef MADV_GUARD_INSTALL
/// Since Linux 6.13; Debian 12's headers are older.
#define MADV_GUARD_INSTALL 102
#endif

/// Makes memory inaccessible. By marks in the page tables if the system can do that: then arenas that lie side
/// by side are one mapping, of which a process may have 65,530. Else by protection, which takes two for each.
static bool guard(uint8_t *start) {
    return madvise(start, guard_bytes, MADV_GUARD_INSTALL) == 0 ||
        mprotect(start, guard_bytes, PROT_NONE) == 0;
}

bool sbx_arena_map(struct sbx_arena *arena, size_t limit_bytes) {
    memset(arena, 0, sizeof *arena);
    size_t half = round_up(limit_bytes * room + (64 << 10));
    size_t total = half * 2 + guard_bytes * 2;
    uint8_t *mapping = mmap(
        NULL, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED) return false;
    // Huge pages would make the first touch of every arena cost 2 MiB.
    madvise(mapping, total, MADV_NOHUGEPAGE);
    if (!guard(mapping) || !guard(mapping + total - guard_bytes)) {
        munmap(mapping, total);
        return false;
    }
    arena->mapping = mapping;
    arena->mapping_bytes = total;
    arena->start = mapping + guard_bytes;
    arena->middle = arena->start + half;
    arena->end = arena->middle + half;
    arena->cold_start = arena->cold_next = arena->middle;
    arena->limit_bytes = limit_bytes;
    sbx_arena_clear(arena);
    return true;
}

/// Sealing takes two of the mappings that a process may have. So many arenas may do it; the others stay open.
enum { MOST_SEALED = 8192 };
static _Atomic int sealed_count;

void sbx_arena_unmap(struct sbx_arena *arena) {
    if (arena->may_be_sealed) atomic_fetch_sub(&sealed_count, 1);
    if (arena->mapping) munmap(arena->mapping, arena->mapping_bytes);
    arena->mapping = NULL;
}

void sbx_arena_clear(struct sbx_arena *arena) {
    memset(&arena->state, 0, sizeof arena->state);
    arena->state.small_low = arena->cold_start;
    arena->state.large_high = arena->middle;
    arena->large_touched = arena->middle;
    arena->cold_next = arena->cold_start;
    arena->is_settling = false;
    arena->peak_bytes = 0;
    arena->refusals = 0;
    arena->refused_bytes = 0;
    sbx_arena_look(arena);
}

static size_t cold_bytes(const struct sbx_arena *arena) {
    return round_up((size_t)(arena->cold_next - arena->cold_start));
}

void sbx_arena_trim(struct sbx_arena *arena) {
    size_t below = (size_t)(arena->state.small_low - arena->start) / page_bytes() * page_bytes();
    if (below > 0) madvise(arena->start, below, MADV_DONTNEED);
    uint8_t *above = arena->start + round_up((size_t)(arena->state.large_high - arena->start));
    if (above < arena->end) madvise(above, (size_t)(arena->end - above), MADV_DONTNEED);
    uint8_t *unused = arena->cold_start + cold_bytes(arena);
    if (unused < arena->middle) madvise(unused, (size_t)(arena->middle - unused), MADV_DONTNEED);
    arena->large_touched = arena->state.large_high;
}

void sbx_arena_reserve_cold(struct sbx_arena *arena, size_t bytes) {
    // The limit must still fit below.
    size_t most = (size_t)(arena->middle - arena->start) / room / page_bytes() * page_bytes();
    size_t taken = round_up(bytes) < most ? round_up(bytes) : most;
    arena->cold_start = arena->cold_next = arena->middle - taken;
    arena->state.small_low = arena->cold_start;
}

void sbx_arena_seal(struct sbx_arena *arena) {
    if (!arena->may_be_sealed) {
        arena->may_be_sealed = atomic_fetch_add(&sealed_count, 1) < MOST_SEALED;
        if (!arena->may_be_sealed) atomic_fetch_sub(&sealed_count, 1);
    }
    size_t bytes = cold_bytes(arena);
    arena->is_sealed =
        arena->may_be_sealed && bytes > 0 && mprotect(arena->cold_start, bytes, PROT_READ) == 0;
}

bool sbx_arena_open_at(struct sbx_arena *arena, const void *address) {
    const uint8_t *at = address;
    if (!arena->is_sealed || at < arena->cold_start || at >= arena->cold_start + cold_bytes(arena)) return false;
    if (mprotect(arena->cold_start, cold_bytes(arena), PROT_READ | PROT_WRITE) != 0) return false;
    arena->is_sealed = false;
    return true;
}
