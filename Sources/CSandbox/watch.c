// The watchdog's bookkeeping: which threads are watched, which call is late, when to sleep.
#define _GNU_SOURCE
#include "watch.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

enum sbx_watch_action sbx_watch_look(
    struct sbx_watch *watch, uint64_t (*cpu_ns)(struct sbx_watch *watch)) {
    uint64_t number = atomic_load(&watch->number);
    if ((number & 1) == 0) return SBX_WATCH_IDLE;
    uint64_t deadline = atomic_load(&watch->deadline_ns);
    if (number != watch->seen_number) {
        watch->seen_number = number;
        watch->baseline_ns = deadline ? cpu_ns(watch) : 0;
        return SBX_WATCH_RUNNING;
    }
    if (deadline == 0 || cpu_ns(watch) - watch->baseline_ns < deadline) return SBX_WATCH_RUNNING;
    // Should the call have ended meanwhile, this is the number of no call that is under way.
    atomic_store(&watch->late, number);
    return SBX_WATCH_LATE;
}

static void wake(struct sbx_watchdog *watchdog) {
    if (atomic_exchange(&watchdog->is_asleep, 0)) {
        syscall(SYS_futex, &watchdog->is_asleep, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    }
}

void sbx_watch_begin(struct sbx_watch *watch, uint64_t deadline_ns) {
    atomic_store_explicit(&watch->deadline_ns, deadline_ns, memory_order_relaxed);
    // In one order with the watchdog's falling asleep: either it sees the number or we see it asleep.
    atomic_fetch_add(&watch->number, 1);
    if (atomic_load(&watch->watchdog->is_asleep)) wake(watch->watchdog);
}

void sbx_watch_end(struct sbx_watch *watch) {
    uint64_t number = atomic_load_explicit(&watch->number, memory_order_relaxed);
    atomic_store_explicit(&watch->number, number + 1, memory_order_release);
}

/// Looks at all calls once. Says whether one is under way and whether one is late.
static void look(struct sbx_watchdog *watchdog, bool *is_any_running, bool *is_any_late) {
    *is_any_running = *is_any_late = false;
    pthread_mutex_lock(&watchdog->lock);
    for (struct sbx_watch *watch = watchdog->watches; watch; watch = watch->next) {
        switch (sbx_watch_look(watch, watchdog->cpu_ns)) {
        case SBX_WATCH_IDLE: break;
        case SBX_WATCH_RUNNING: *is_any_running = true; break;
        case SBX_WATCH_LATE:
            *is_any_running = *is_any_late = true;
            watchdog->tell(watch);
            break;
        }
    }
    pthread_mutex_unlock(&watchdog->lock);
}

bool sbx_watchdog_turn(struct sbx_watchdog *watchdog) {
    bool is_any_running, is_any_late;
    look(watchdog, &is_any_running, &is_any_late);
    watchdog->quiet_turns = is_any_running ? 0 : watchdog->quiet_turns + 1;
    if (watchdog->quiet_turns <= SBX_QUIET_TURNS) return is_any_late;
    atomic_store(&watchdog->is_asleep, 1);
    look(watchdog, &is_any_running, &is_any_late);
    if (!is_any_running) {
        while (atomic_load(&watchdog->is_asleep)) {
            syscall(SYS_futex, &watchdog->is_asleep, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0);
        }
    }
    atomic_store(&watchdog->is_asleep, 0);
    watchdog->quiet_turns = 0;
    return is_any_late;
}

void sbx_watch_add(struct sbx_watchdog *watchdog, struct sbx_watch *watch) {
    watch->watchdog = watchdog;
    pthread_mutex_lock(&watchdog->lock);
    watch->next = watchdog->watches;
    if (watch->next) watch->next->previous = watch;
    watchdog->watches = watch;
    pthread_mutex_unlock(&watchdog->lock);
}

void sbx_watch_remove(struct sbx_watch *watch) {
    struct sbx_watchdog *watchdog = watch->watchdog;
    pthread_mutex_lock(&watchdog->lock);
    if (watch->next) watch->next->previous = watch->previous;
    if (watch->previous) watch->previous->next = watch->next;
    else watchdog->watches = watch->next;
    pthread_mutex_unlock(&watchdog->lock);
}
