// What keeps an image small. Loading makes garbage between the blocks that stay: what the parser needed,
// tables before they grew. So a program is loaded twice: the first time it is written down which
// allocation stays to the end; the second time all others are made elsewhere, and what stays lies together:
// the hot and the cold each for itself (arena.h).
//
// Loading asks for the same blocks in the same order each time, but for chance in the interpreter's seed.
// The plan is a guess: when it was wrong, the program is loaded once more without it.
#ifndef SBX_PLAN_H
#define SBX_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    /// Programs that ask for more blocks than this are not planned.
    SBX_PLAN_ALLOCATIONS = 1 << 16,
};

/// What becomes of a block until loading has ended.
enum sbx_fate { SBX_PASSES, SBX_STAYS, SBX_STAYS_COLD };

struct sbx_plan {
    /// Whether the second loading is under way.
    bool is_followed;
    /// How many allocations there were so far; changes of size count as such.
    uint32_t number;
    /// By the number of an allocation: an `sbx_fate`.
    uint8_t *fates;
    /// By the place of a block in the arena: the number of its allocation.
    uint32_t *numbers;
    size_t numbers_bytes;
    /// Where blocks that do not stay are made, one behind the other.
    uint8_t *scratch_start, *scratch_next, *scratch_end;
    /// How many of them there are; 0 when the plan was right.
    size_t scratch_live;
};

struct sbx_arena;

/// Begins the first loading. False if there is no memory for a plan.
bool sbx_plan_make(struct sbx_plan *plan, struct sbx_arena *arena);
void sbx_plan_free(struct sbx_plan *plan);
/// Begins the second loading.
void sbx_plan_follow(struct sbx_plan *plan, struct sbx_arena *arena);
/// Ends it. Says whether the plan was right.
bool sbx_plan_finish(struct sbx_plan *plan, struct sbx_arena *arena);

#endif
