// What the arena writes down while a program is loaded, and then follows (planner.h).
#ifndef SBX_PLAN_H
#define SBX_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    /// Programs that ask for more blocks than this are not planned.
    SBX_PLAN_ALLOCATIONS = 1 << 16,
};

/// Where a block goes until loading has ended.
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

#endif
