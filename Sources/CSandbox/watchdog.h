// The thread that looks at all calls and signals the threads of those that are late.
#ifndef SBX_WATCHDOG_H
#define SBX_WATCHDOG_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>

#include "watch.h"

/// What the watchdog sends. A process that does not handle it ignores it.
#define SBX_LATE_SIGNAL SIGURG

/// A thread whose calls are watched.
struct sbx_watched {
    /// First, so that the watchdog finds the rest.
    struct sbx_watch watch;
    pthread_t thread;
    clockid_t clock;
};

/// Starts to watch the calling thread. All of `watched` must be zero. The watchdog starts with the first one.
/// False if there can be no thread, or the thread has no clock.
bool sbx_watchdog_add(struct sbx_watched *watched);
void sbx_watchdog_remove(struct sbx_watched *watched);

#endif
