#include "ticks.h"
#include <time.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

struct sbx_tick_scale sbx_tick_scale = {.nanoseconds_a_tick = 1};

/// Too short a time between the two calls says nothing certain.
static const uint64_t shortest_ns = 100000;

static uint64_t first_ns, first_ticks;

uint64_t sbx_clock_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

#if defined(__x86_64__)

/// Whether the processor says that its counter neither stops nor changes its speed.
static bool counter_is_steady(void) {
    enum { POWER_MANAGEMENT = 0x80000007, STEADY_COUNTER = 1 << 8 };
    unsigned a, b, c, d;
    return __get_cpuid(POWER_MANAGEMENT, &a, &b, &c, &d) && (d & STEADY_COUNTER);
}

void sbx_ticks_begin(void) {
    first_ns = sbx_clock_ns();
    first_ticks = __rdtsc();
}

void sbx_ticks_end(void) {
    uint64_t ns = sbx_clock_ns() - first_ns, ticks = __rdtsc() - first_ticks;
    if (!counter_is_steady() || ns < shortest_ns || ticks == 0) return;
    sbx_tick_scale.nanoseconds_a_tick = (double)ns / (double)ticks;
    sbx_tick_scale.is_steady = true;
}

#else

void sbx_ticks_begin(void) {}
void sbx_ticks_end(void) {}

#endif
