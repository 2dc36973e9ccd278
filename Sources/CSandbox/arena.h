// The memory of one Lua state: one mapping with a middle, from which small blocks grow down and large
// ones up, so that what is used lies together and can be copied in one piece.
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
    size_t mapping_bytes;
    size_t limit_bytes;
    size_t peak_bytes;
    /// How far large blocks ever reached since the marks were cleared.
    uint8_t *large_touched;
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

/// A `lua_Alloc`; `owner` is the arena. Jumps out through `exhausted` when the limit is reached for good.
void *sbx_arena_allocate(void *owner, void *block, size_t old_bytes, size_t new_bytes);

#endif
