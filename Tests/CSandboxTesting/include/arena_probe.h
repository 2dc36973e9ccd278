// Looks at the memory of arenas from outside.
#ifndef ARENA_PROBE_H
#define ARENA_PROBE_H

#include <stdbool.h>
#include <stddef.h>

#include "csandbox.h"

/// What is wrong with the borders of an arena with this limit: every page from the first to the last can be
/// used, and none that lies before or after it as far as the guards reach. NULL if nothing is.
const char *arena_probe_borders(size_t limit_bytes);

/// What is wrong with giving memory back: of an arena that was touched everywhere only what is used stays,
/// and nothing once it is gone. NULL if nothing is.
const char *arena_probe_giving_back(size_t limit_bytes);

/// What an arena with this limit does that a system with pages of 16 KiB would refuse, or that gives back there what
/// is used. NULL if nothing is.
const char *arena_probe_large_pages(size_t limit_bytes);

/// How many mappings the process has more while there are so many arenas; -1 if they cannot be made.
int arena_probe_mappings(size_t limit_bytes, unsigned count);

/// Whether the system can make memory inaccessible without another mapping.
bool arena_probe_has_marks(void);

/// How a call ends in which the C library, called by the interpreter, copies a byte past the end of the
/// arena, or before its start.
enum sbx_reason arena_probe_stride(struct sbx *sandbox, bool past_end);

#endif
