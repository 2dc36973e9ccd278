// The watchdog's real bookkeeping with simulated workers: their CPU clocks are counters, and a signal is a
// flag that the worker looks at. So it can run where signals cannot, under the thread sanitizer.
#ifndef WATCHDOG_SIMULATION_H
#define WATCHDOG_SIMULATION_H

#include <stdint.h>

struct watchdog_report {
    /// The first thing that was wrong, or NULL.
    const char *violation;
    uint64_t calls, late_calls;
    /// How many signals came after the call that they were meant for had ended.
    uint64_t stale_signals;
    /// How often the watchdog fell asleep and was woken.
    uint64_t sleeps;
    /// How often a worker was removed while others were watched.
    uint64_t removals;
};

/// Real threads as workers, each with `calls` calls of random kinds, and one as the watchdog. The seed
/// decides what each worker does, not how the threads take turns.
void watchdog_simulate_threads(
    uint64_t seed, unsigned workers, unsigned calls, struct watchdog_report *report);

/// One worker whose calls begin at about the moment when the watchdog falls asleep: each must be looked at.
void watchdog_simulate_falling_asleep(uint64_t seed, unsigned calls, struct watchdog_report *report);

/// One thread: every order of `length` steps of a worker and looks of the watchdog, with the worker's steps
/// also in the middle of a look.
void watchdog_simulate_orders(unsigned length, struct watchdog_report *report);

#endif
