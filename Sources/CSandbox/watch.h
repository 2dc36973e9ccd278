// What a watchdog and the threads that it watches know of each other. Knows no clock, no signal and no
// thread: a test runs it with others in their place.
#ifndef SBX_WATCH_H
#define SBX_WATCH_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct sbx_watchdog;

/// What the watchdog and one thread know of each other.
struct sbx_watch {
    /// Goes up at the beginning and at the end of every call: odd while one is under way. Written by the
    /// thread alone.
    _Atomic uint64_t number;
    /// The number of the call that is late. Written by the watchdog alone; means nothing for any other
    /// call, so that a signal that comes too late does nothing.
    _Atomic uint64_t late;
    /// What the call that is under way may take; 0 for no limit. Written by the thread before `number`.
    _Atomic uint64_t deadline_ns;
    /// Its watchdog; set when the thread is added.
    struct sbx_watchdog *watchdog;

    // The watchdog's own, under its lock.
    uint64_t seen_number;
    uint64_t baseline_ns;
    struct sbx_watch *next, *previous;
};

/// What one watchdog has. Only its own thread takes turns; any thread may add and remove.
struct sbx_watchdog {
    pthread_mutex_t lock;
    /// Under the lock.
    struct sbx_watch *watches;
    /// 1 while the watchdog sleeps or is about to.
    _Atomic int is_asleep;
    /// How many turns ago a call was under way. The watchdog's own.
    int quiet_turns;
    /// The CPU time of a watched thread, and the way to tell one that its call is late. Called under the
    /// lock, so the thread is still there: it removes itself before it ends.
    uint64_t (*cpu_ns)(struct sbx_watch *watch);
    void (*tell)(struct sbx_watch *watch);
};

enum {
    /// After so many turns at which no call was under way the watchdog sleeps until it is woken.
    SBX_QUIET_TURNS = 8,
};

/// What is to be done about a call.
enum sbx_watch_action { SBX_WATCH_IDLE, SBX_WATCH_RUNNING, SBX_WATCH_LATE };

/// Looks at a call; `cpu_ns` is called for the thread's CPU time only when it is needed. The first look at
/// a call takes the time from which it is counted. Only the watchdog calls it.
enum sbx_watch_action sbx_watch_look(
    struct sbx_watch *watch, uint64_t (*cpu_ns)(struct sbx_watch *watch));

/// Looks at every call once and tells those that are late. When there was none for some turns, it returns
/// only after one began. Says whether one is late, so that the next turn comes soon.
bool sbx_watchdog_turn(struct sbx_watchdog *watchdog);

/// From now on the watchdog looks at the calls of a thread. All of `watch` must be zero.
void sbx_watch_add(struct sbx_watchdog *watchdog, struct sbx_watch *watch);
/// When it returns, the watchdog does not look at `watch` and never will.
void sbx_watch_remove(struct sbx_watch *watch);

/// Says that a call begins, and wakes the watchdog if it sleeps; says that it ended.
void sbx_watch_begin(struct sbx_watch *watch, uint64_t deadline_ns);
void sbx_watch_end(struct sbx_watch *watch);

/// Whether the call that is under way is late. The thread itself asks, also in a signal handler.
static inline bool sbx_watch_is_late(struct sbx_watch *watch) {
    return atomic_load_explicit(&watch->late, memory_order_relaxed) ==
        atomic_load_explicit(&watch->number, memory_order_relaxed);
}

#endif
