// A clock for the time that calls take. Asking the system's takes a noticeable part of a short call, twice;
// the processor's own counter is read in a fraction of that.
#ifndef SBX_TICKS_H
#define SBX_TICKS_H

#include <stdbool.h>
#include <stdint.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

/// How the counter is to be read. Written once, by `sbx_ticks_begin` and `sbx_ticks_end`.
struct sbx_tick_scale {
    /// Whether the counter goes at one speed for good; if not, the system's clock is asked.
    bool is_steady;
    double nanoseconds_a_tick;
};
extern struct sbx_tick_scale sbx_tick_scale;

/// The monotonic clock of the system, in nanoseconds.
uint64_t sbx_clock_ns(void);

/// Finds out how fast the counter goes: from one call to the other, which lie some work apart.
void sbx_ticks_begin(void);
void sbx_ticks_end(void);

static inline uint64_t sbx_ticks(void) {
#if defined(__x86_64__)
    if (sbx_tick_scale.is_steady) return __rdtsc();
#endif
    return sbx_clock_ns();
}

/// The time since `start`, a former result of `sbx_ticks`.
static inline uint64_t sbx_ticks_since(uint64_t start) {
    uint64_t now = sbx_ticks();
    // Another processor's counter may be a little behind.
    return now <= start ? 0 : (uint64_t)((double)(now - start) * sbx_tick_scale.nanoseconds_a_tick);
}

#endif
