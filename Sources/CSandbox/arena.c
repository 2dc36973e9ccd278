#include "arena.h"

#include <lua.h>
#include <string.h>

#include "plan.h"

#include "cuttable.h"

/// Before every large block. The blocks lie without gaps from the middle to `large_high`.
struct header {
    uint32_t units;
    /// The units of the block before, 0 for the first.
    uint32_t previous_units;
    uint32_t is_free;
    uint32_t unused;
};

/// The links of a free large block, where its content was.
struct sbx_free_block {
    struct sbx_free_block *next, *previous;
};

_Static_assert(sizeof(struct header) == SBX_UNIT, "a header takes one unit");

static size_t units_of(size_t bytes) { return (bytes + SBX_UNIT - 1) / SBX_UNIT; }

static struct header *header_of(void *block) { return (struct header *)block - 1; }

static struct header *after(struct header *header) { return header + header->units; }

static unsigned bin_of(uint32_t units) { return 31u - (unsigned)__builtin_clz(units); }

static void bin_insert(struct sbx_arena_state *state, struct header *header) {
    unsigned bin = bin_of(header->units);
    struct sbx_free_block *block = (struct sbx_free_block *)(header + 1);
    block->previous = NULL;
    block->next = state->large[bin];
    if (block->next) block->next->previous = block;
    state->large[bin] = block;
    state->large_map |= 1u << bin;
    header->is_free = 1;
}

static void bin_remove(struct sbx_arena_state *state, struct header *header) {
    unsigned bin = bin_of(header->units);
    struct sbx_free_block *block = (struct sbx_free_block *)(header + 1);
    if (block->next) block->next->previous = block->previous;
    if (block->previous) block->previous->next = block->next;
    else state->large[bin] = block->next;
    if (!state->large[bin]) state->large_map &= ~(1u << bin);
    header->is_free = 0;
}

/// Makes what is beyond `units` of a used block a free block of its own, if it is worth one.
static void split(struct sbx_arena_state *state, struct header *header, uint32_t units) {
    uint32_t rest = header->units - units;
    if (rest <= SBX_SMALL_UNITS + 1) return;
    uint8_t *end = (uint8_t *)after(header);
    header->units = units;
    struct header *remainder = after(header);
    remainder->units = rest;
    remainder->previous_units = units;
    if (end == state->large_high) {
        state->large_high = (uint8_t *)remainder;
        state->last_units = units;
        return;
    }
    struct header *next = (struct header *)end;
    if (next->is_free) {
        bin_remove(state, next);
        remainder->units += next->units;
        next = after(remainder);
    }
    next->previous_units = remainder->units;
    bin_insert(state, remainder);
}

/// A free block of at least `units`, or NULL.
static struct header *bin_find(struct sbx_arena_state *state, uint32_t units) {
    unsigned bin = bin_of(units);
    // In its own bin a block may be too small: a few are looked at. In the bins above any will do.
    struct sbx_free_block *block = state->large[bin];
    for (int tries = 0; block && tries < 16; tries++, block = block->next) {
        if (header_of(block)->units >= units) return header_of(block);
    }
    if (bin == SBX_LARGE_BINS - 1) return NULL;
    uint32_t above = state->large_map & ~((2u << bin) - 1);
    if (!above) return NULL;
    return header_of(state->large[__builtin_ctz(above)]);
}

static void *large_allocate(struct sbx_arena *arena, size_t content_units) {
    struct sbx_arena_state *state = &arena->state;
    uint32_t units = (uint32_t)content_units + 1;
    struct header *header = bin_find(state, units);
    if (header) {
        bin_remove(state, header);
        split(state, header, units);
        return header + 1;
    }
    if ((size_t)(arena->end - state->large_high) < (size_t)units * SBX_UNIT) return NULL;
    header = (struct header *)state->large_high;
    header->units = units;
    header->previous_units = state->last_units;
    header->is_free = 0;
    state->large_high += (size_t)units * SBX_UNIT;
    state->last_units = units;
    if (state->large_high > arena->large_touched) arena->large_touched = state->large_high;
    return header + 1;
}

static void large_free(struct sbx_arena *arena, void *block) {
    struct sbx_arena_state *state = &arena->state;
    struct header *header = header_of(block);
    if (header->previous_units) {
        struct header *before = header - header->previous_units;
        if (before->is_free) {
            bin_remove(state, before);
            before->units += header->units;
            header = before;
        }
    }
    if ((uint8_t *)after(header) != state->large_high && after(header)->is_free) {
        struct header *next = after(header);
        bin_remove(state, next);
        header->units += next->units;
    }
    if ((uint8_t *)after(header) == state->large_high) {
        state->large_high = (uint8_t *)header;
        state->last_units = header->previous_units;
        return;
    }
    after(header)->previous_units = header->units;
    bin_insert(state, header);
}

/// Makes a large block larger where it is. False if what follows it is used.
static bool large_grow(struct sbx_arena *arena, void *block, size_t content_units) {
    struct sbx_arena_state *state = &arena->state;
    struct header *header = header_of(block);
    uint32_t units = (uint32_t)content_units + 1;
    if (header->units >= units) return true;
    if ((uint8_t *)after(header) == state->large_high) {
        if ((size_t)(arena->end - (uint8_t *)header) < (size_t)units * SBX_UNIT) return false;
        header->units = units;
        state->last_units = units;
        state->large_high = (uint8_t *)after(header);
        if (state->large_high > arena->large_touched) arena->large_touched = state->large_high;
        return true;
    }
    struct header *next = after(header);
    if (!next->is_free || header->units + next->units < units) return false;
    bin_remove(state, next);
    header->units += next->units;
    after(header)->previous_units = header->units;
    split(state, header, units);
    return true;
}

static void *small_allocate(struct sbx_arena *arena, size_t units) {
    struct sbx_arena_state *state = &arena->state;
    void *block = state->small[units];
    if (block) {
        state->small[units] = *(void **)block;
        return block;
    }
    size_t bytes = units * SBX_UNIT;
    if ((size_t)(state->small_low - arena->start) >= bytes) return state->small_low -= bytes;
    // Its half is used up by free blocks of other sizes. The block stays small for good: it is freed by
    // the size that Lua names, not by its header.
    return large_allocate(arena, units);
}

/// Whether a block was made where blocks lie that do not stay.
static bool is_scratch(const struct sbx_plan *plan, const void *block) {
    return plan && plan->is_followed && (const uint8_t *)block >= plan->scratch_start;
}

static size_t plan_index(const struct sbx_arena *arena, const void *block) {
    return (size_t)((const uint8_t *)block - arena->start) / SBX_UNIT;
}

/// The fate of the block that is being allocated, if a plan has it.
static enum sbx_fate planned_fate(const struct sbx_plan *plan) {
    if (!plan || !plan->is_followed || plan->number >= SBX_PLAN_ALLOCATIONS) return SBX_STAYS;
    return (enum sbx_fate)plan->fates[plan->number];
}

/// Makes a block that does not stay. NULL if there is no room among such.
static void *scratch_allocate(struct sbx_plan *plan, size_t units) {
    size_t bytes = units * SBX_UNIT;
    if ((size_t)(plan->scratch_end - plan->scratch_next) < bytes) return NULL;
    void *block = plan->scratch_next;
    plan->scratch_next += bytes;
    plan->scratch_live++;
    return block;
}

/// Makes a block in the cold part. NULL if there is no room. A large one lies between two headers that
/// keep it apart from others, should it be freed in a call.
static void *cold_allocate(struct sbx_arena *arena, size_t units) {
    bool is_large = units > SBX_SMALL_UNITS;
    size_t bytes = (units + (is_large ? 2 : 0)) * SBX_UNIT;
    if ((size_t)(arena->middle - arena->cold_next) < bytes) return NULL;
    uint8_t *start = arena->cold_next;
    arena->cold_next += bytes;
    if (!is_large) return start;
    struct header *header = (struct header *)start;
    *header = (struct header){.units = (uint32_t)units + 1};
    *after(header) = (struct header){.units = 1, .previous_units = (uint32_t)units + 1};
    return header + 1;
}

/// Whether a block is of those that calls hardly ever write to. A guess: a wrong one costs time, no more.
static bool seems_cold(const struct sbx_arena *arena, const void *block, size_t old_bytes, size_t new_bytes) {
    // What Lua says it makes a new block for; a compiled function is of a kind without a public name.
    enum { FUNCTION_PROTOTYPE = LUA_NUMTYPES + 1 };
    // What Lua notes of a function that runs, for which it names no kind, and what is behind the end of a stack.
    enum { RUNNING_BYTES = 64, STACK_REST_BYTES = 5 * 16 };
    if (!block) {
        if (old_bytes == LUA_TSTRING || old_bytes == FUNCTION_PROTOTYPE) return true;
        // Each call changes what runs.
        return arena->is_settling && !(old_bytes == 0 && new_bytes == RUNNING_BYTES);
    }
    // A stack doubles when it is full, as the table of all strings does, and each new string changes that.
    bool is_stack = new_bytes == old_bytes * 2 - STACK_REST_BYTES;
    bool is_string_table = new_bytes == old_bytes * 2 && new_bytes >= 2048;
    return arena->is_settling && !is_stack && !is_string_table;
}

/// Writes down that a block was made, or that it is gone.
static void plan_made(struct sbx_arena *arena, void *block, enum sbx_fate fate) {
    struct sbx_plan *plan = arena->plan;
    if (plan->number >= SBX_PLAN_ALLOCATIONS) return;
    plan->fates[plan->number] = (uint8_t)fate;
    plan->numbers[plan_index(arena, block)] = plan->number;
}

static void plan_gone(struct sbx_arena *arena, void *block) {
    arena->plan->fates[arena->plan->numbers[plan_index(arena, block)]] = SBX_PASSES;
}

static void release(struct sbx_arena *arena, void *block, size_t units) {
    if (arena->plan) {
        if (is_scratch(arena->plan, block)) {
            arena->plan->scratch_live--;
            return;
        }
        if (!arena->plan->is_followed) plan_gone(arena, block);
    }
    if (units <= SBX_SMALL_UNITS) {
        *(void **)block = arena->state.small[units];
        arena->state.small[units] = block;
    } else {
        large_free(arena, block);
    }
}

/// Refuses once, so that Lua collects and asks again; or for good, when that has not helped for long.
static void *refuse(struct sbx_arena *arena, size_t bytes) {
    arena->refused_bytes = bytes;
    arena->refused_live_bytes = arena->state.live_bytes;
    arena->is_watched = true;
    arena->refusals++;
    arena->refused(arena->owner);
    if (arena->refusals > SBX_MAX_REFUSALS) arena->exhausted(arena->owner);
    return NULL;
}

/// Finds a place for a block that is made or changes its size, and moves it there. NULL if there is none.
static void *place(
    struct sbx_arena *arena, void *block, size_t old_bytes, size_t old_units, size_t new_bytes,
    size_t new_units) {
    struct sbx_plan *plan = arena->plan;
    bool grows = new_units > old_units;
    bool was_scratch = block && is_scratch(plan, block);
    enum sbx_fate fate = planned_fate(plan);
    void *result = NULL;
    if (fate == SBX_PASSES) {
        if (was_scratch && !grows) return block;
        result = scratch_allocate(plan, new_units);
    } else if (fate == SBX_STAYS_COLD) {
        result = cold_allocate(arena, new_units);
    } else if (old_units > SBX_SMALL_UNITS && new_units > SBX_SMALL_UNITS && !was_scratch) {
        if (!grows) {
            split(&arena->state, header_of(block), (uint32_t)new_units + 1);
            return block;
        }
        if (large_grow(arena, block, new_units)) return block;
    }
    if (!result) {
        result = new_units <= SBX_SMALL_UNITS ? small_allocate(arena, new_units)
                                              : large_allocate(arena, new_units);
    }
    if (result && block) {
        memcpy(result, block, old_bytes < new_bytes ? old_bytes : new_bytes);
        release(arena, block, old_units);
    }
    return result;
}

/// What is left to `sbx_arena_allocate`: large blocks, blocks that change their size, and everything while
/// a program is loaded or a test counts.
static __attribute__((noinline)) void *allocate_any(
    struct sbx_arena *arena, void *block, size_t old_bytes, size_t new_bytes) {
    // Without a block, old_bytes is what kind of object Lua makes.
    size_t old_units = block ? units_of(old_bytes) : 0;
    if (new_bytes == 0) {
        if (old_units) {
            arena->state.live_bytes -= old_units * SBX_UNIT;
            release(arena, block, old_units);
        }
        return NULL;
    }
    if (new_bytes > arena->limit_bytes) return refuse(arena, new_bytes);
    size_t new_units = units_of(new_bytes);
    if (old_units == new_units) return block;

    bool grows = new_units > old_units;
    size_t live = arena->state.live_bytes + new_units * SBX_UNIT - old_units * SBX_UNIT;
    if (grows) {
        if (live > arena->limit_bytes) return refuse(arena, new_bytes);
        arena->allocation_count++;
        if (arena->failing_number && arena->allocation_count >= arena->failing_number &&
            (arena->failing_after || arena->allocation_count == arena->failing_number)) {
            return refuse(arena, new_bytes);
        }
        // Lua asks again at once after collecting. A collection that made room was worth its time, and the
        // refusal that led to it does not count.
        if (arena->refused_bytes) {
            size_t left = arena->state.live_bytes;
            bool helped = left < arena->refused_live_bytes &&
                arena->refused_live_bytes - left >= arena->limit_bytes / SBX_WORTHWHILE_PART;
            if (arena->refused_bytes == new_bytes && helped) arena->refusals--;
            arena->refused_bytes = 0;
            sbx_arena_look(arena);
        }
    }

    struct sbx_plan *plan = arena->plan;
    bool is_recorded = plan && !plan->is_followed;
    if (plan) plan->number++;
    void *result = place(arena, block, old_bytes, old_units, new_bytes, new_units);
    if (!result) {
        if (grows) return refuse(arena, new_bytes);
        // Shrinking must not fail. The block is kept: it is freed as the smaller one that Lua names.
        result = block;
    }
    if (is_recorded) {
        if (result == block) plan_gone(arena, block);
        bool is_cold = seems_cold(arena, block, old_bytes, new_bytes);
        plan_made(arena, result, is_cold ? SBX_STAYS_COLD : SBX_STAYS);
    }
    arena->state.live_bytes = live;
    if (live > arena->peak_bytes) arena->peak_bytes = live;
    return result;
}

void *sbx_arena_allocate(void *owner, void *block, size_t old_bytes, size_t new_bytes) {
    struct sbx_arena *arena = owner;
    struct sbx_arena_state *state = &arena->state;
    // Most of what Lua asks for: a new small block, and a small one given back.
    if (__builtin_expect(!arena->is_watched, 1)) {
        if (!block && new_bytes - 1 < SBX_SMALL_UNITS * SBX_UNIT) {
            size_t units = units_of(new_bytes), live = state->live_bytes + units * SBX_UNIT;
            void *made = live <= arena->limit_bytes ? small_allocate(arena, units) : NULL;
            if (made) {
                state->live_bytes = live;
                if (live > arena->peak_bytes) arena->peak_bytes = live;
                return made;
            }
        } else if (block && new_bytes == 0 && old_bytes - 1 < SBX_SMALL_UNITS * SBX_UNIT) {
            size_t units = units_of(old_bytes);
            state->live_bytes -= units * SBX_UNIT;
            *(void **)block = state->small[units];
            state->small[units] = block;
            return NULL;
        }
    }
    return allocate_any(arena, block, old_bytes, new_bytes);
}

void sbx_arena_fail_at(struct sbx_arena *arena, uint64_t number, bool all_after) {
    arena->failing_number = number;
    arena->failing_after = all_after;
    sbx_arena_look(arena);
}
