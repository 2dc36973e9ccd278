// The memory of one Lua state: one mapping with a middle, from which small blocks grow down and large
// ones up, so that what is used lies together.
//
// What a loaded program holds is of two kinds. Strings, compiled code and what the libraries made, the standard one
// and the host's, stay as loading left them in nearly every call; they lie on pages of their own below the middle, the cold
// part, which is sealed: not writable. All else, the hot part, is copied back before each call. The first
// write into the cold part of a call opens it for the rest of that call, and then it is copied back too.
#ifndef SBX_ARENA_H
#define SBX_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    /// Every block is a multiple of this.
    SBX_UNIT = 16,
    /// Blocks of up to so many units are small: kept on lists by size, never joined.
    SBX_SMALL_UNITS = 32,
    /// One list of free large blocks for each power of two.
    SBX_LARGE_BINS = 32,
    /// So many refusals after which collecting did not help; the next one cuts the call off.
    SBX_MAX_REFUSALS = 16,
    /// A collection helped if it freed at least this part of the limit.
    SBX_WORTHWHILE_PART = 16,
};

struct sbx_free_block;
struct sbx_plan;

/// All that changes while Lua runs, and so what goes back with the image.
struct sbx_arena_state {
    /// Small blocks end here, downwards.
    uint8_t *small_low;
    /// Large blocks end here, upwards.
    uint8_t *large_high;
    /// The units of the block that ends at large_high; 0 if there is none.
    uint32_t last_units;
    /// Which large bins have a block.
    uint32_t large_map;
    size_t live_bytes;
    void *small[SBX_SMALL_UNITS + 1];
    struct sbx_free_block *large[SBX_LARGE_BINS];
};

struct sbx_arena {
    struct sbx_arena_state state;
    /// The whole mapping with its guards, the part that can be used, and the middle.
    uint8_t *mapping, *start, *middle, *end;
    /// The cold part: pages from `cold_start` to the middle, used up to `cold_next`. Small blocks that are
    /// not in it grow down from its start.
    uint8_t *cold_start, *cold_next;
    /// Whether the cold part is not writable now. A signal handler changes it.
    volatile bool is_sealed;
    bool may_be_sealed;
    /// While a program is loaded: whether what is allocated now is not expected to change in calls.
    bool is_settling;
    size_t mapping_bytes;
    size_t limit_bytes;
    size_t peak_bytes;
    /// How far large blocks ever reached since the marks were cleared.
    uint8_t *large_touched;
    /// Whether there is a plan, a failing allocation, or a refusal that Lua has not answered yet.
    bool is_watched;
    unsigned refusals;
    /// What was refused last, until Lua asks again.
    size_t refused_bytes;
    /// How much was live then.
    size_t refused_live_bytes;
    /// For tests: which allocation fails, and how many there were.
    uint64_t failing_number, allocation_count;
    bool failing_after;
    /// While a program is loaded: where its blocks are to lie. NULL otherwise.
    struct sbx_plan *plan;
    /// Called at each refusal, in the middle of whatever Lua does; must neither allocate nor change anything of it.
    void (*refused)(void *owner);
    /// Called when collecting does not help; must not return.
    void (*exhausted)(void *owner);
    void *owner;
};

/// False if the system gives no memory.
bool sbx_arena_map(struct sbx_arena *arena, size_t limit_bytes);
void sbx_arena_unmap(struct sbx_arena *arena);

/// Forgets all blocks.
void sbx_arena_clear(struct sbx_arena *arena);

/// Gives pages back to the system that lie outside of what is used now.
void sbx_arena_trim(struct sbx_arena *arena);

/// Says whether what is allocated from now on, while a program is loaded, is not expected to change in calls. Returns
/// what held before.
static inline bool sbx_arena_settle(struct sbx_arena *arena, bool is_settling) {
    bool before = arena->is_settling;
    arena->is_settling = is_settling;
    return before;
}

/// Makes room for a cold part of up to so many bytes, before anything is allocated.
void sbx_arena_reserve_cold(struct sbx_arena *arena, size_t bytes);

/// Forbids writing to the cold part. If the system refuses, it stays open.
void sbx_arena_seal(struct sbx_arena *arena);

/// Whether the address lies in the cold part and that is sealed; if so, allows writing to it. A signal
/// handler may call it.
bool sbx_arena_open_at(struct sbx_arena *arena, const void *address);

/// Finds out whether the arena must be watched: after one of the reasons for it has changed.
static inline void sbx_arena_look(struct sbx_arena *arena) {
    arena->is_watched = arena->plan || arena->failing_number || arena->refused_bytes;
}

/// For tests: the allocation that fails next, and whether all after it do too. 0 for none.
void sbx_arena_fail_at(struct sbx_arena *arena, uint64_t number, bool all_after);

/// A `lua_Alloc`; `owner` is the arena. Jumps out through `exhausted` when the limit is reached for good.
void *sbx_arena_allocate(void *owner, void *block, size_t old_bytes, size_t new_bytes);

#endif
