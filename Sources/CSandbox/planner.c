#define _GNU_SOURCE
#include "planner.h"

#include <string.h>
#include <sys/mman.h>

static void *map(size_t bytes) {
    void *start = mmap(
        NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return start == MAP_FAILED ? NULL : start;
}

bool sbx_plan_make(struct sbx_plan *plan, struct sbx_arena *arena) {
    memset(plan, 0, sizeof *plan);
    plan->numbers_bytes = (size_t)(arena->end - arena->start) / SBX_UNIT * sizeof *plan->numbers;
    plan->fates = map(SBX_PLAN_ALLOCATIONS);
    plan->numbers = map(plan->numbers_bytes);
    // The upper half of the room for large blocks: what is touched there is given back after loading.
    plan->scratch_start = arena->middle + (arena->end - arena->middle) / 2;
    plan->scratch_end = arena->end;
    plan->scratch_next = plan->scratch_start;
    if (plan->fates && plan->numbers) {
        arena->plan = plan;
        sbx_arena_look(arena);
        return true;
    }
    sbx_plan_free(plan);
    return false;
}

void sbx_plan_free(struct sbx_plan *plan) {
    if (plan->fates) munmap(plan->fates, SBX_PLAN_ALLOCATIONS);
    if (plan->numbers) munmap(plan->numbers, plan->numbers_bytes);
    plan->fates = NULL;
    plan->numbers = NULL;
}

void sbx_plan_follow(struct sbx_plan *plan, struct sbx_arena *arena) {
    plan->is_followed = true;
    plan->number = 0;
    sbx_arena_reserve_cold(arena, (size_t)(arena->state.large_high - arena->state.small_low));
    // What stays must not grow into what does not.
    arena->end = plan->scratch_start;
}

bool sbx_plan_finish(struct sbx_plan *plan, struct sbx_arena *arena) {
    arena->end = plan->scratch_end;
    arena->plan = NULL;
    sbx_arena_look(arena);
    bool was_right = plan->scratch_live == 0;
    // Without a plan nothing is known to be cold.
    if (plan->is_followed && !was_right) sbx_arena_reserve_cold(arena, 0);
    return was_right;
}
