// What keeps an image small. Loading makes garbage between the blocks that stay: what the parser needed,
// tables before they grew. So a program is loaded twice: the first time it is written down which
// allocation stays to the end; the second time all others are made elsewhere, and what stays lies together:
// the hot and the cold each for itself (arena.h).
//
// Loading asks for the same blocks in the same order each time, but for chance in the interpreter's seed.
// The plan is a guess: when it was wrong, the program is loaded once more without it.
#ifndef SBX_PLANNER_H
#define SBX_PLANNER_H

#include <stdbool.h>

#include "arena.h"
#include "plan.h"

/// Begins the first loading. False if there is no memory for a plan.
bool sbx_plan_make(struct sbx_plan *plan, struct sbx_arena *arena);
void sbx_plan_free(struct sbx_plan *plan);
/// Begins the second loading.
void sbx_plan_follow(struct sbx_plan *plan, struct sbx_arena *arena);
/// Ends it. Says whether the plan was right.
bool sbx_plan_finish(struct sbx_plan *plan, struct sbx_arena *arena);

#endif
