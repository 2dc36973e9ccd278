// The watchdog: one thread that looks at every call from time to time and signals the threads of those
// that are late. It sleeps while there is no call.
#define _GNU_SOURCE
#include <linux/futex.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "seat.h"
#include "signals.h"

/// How often it looks while calls are under way.
static const long look_ns = 5000000;
/// How often it signals a thread whose call is late.
static const long signal_ns = 200000;
/// After so many looks at which nothing had changed it sleeps until it is woken.
static const int looks_before_sleep = 8;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/// Under the lock.
static struct sbx_seat *seats;
static bool is_started;
/// 1 while the watchdog sleeps.
static _Atomic int is_asleep;

enum sbx_watch_action sbx_watch_look(
    struct sbx_watch *watch, uint64_t (*cpu_ns)(void *owner), void *owner) {
    uint64_t number = atomic_load(&watch->number);
    if ((number & 1) == 0) return SBX_WATCH_IDLE;
    uint64_t deadline = atomic_load(&watch->deadline_ns);
    if (number != watch->seen_number) {
        watch->seen_number = number;
        watch->baseline_ns = deadline ? cpu_ns(owner) : 0;
        return SBX_WATCH_RUNNING;
    }
    if (deadline == 0 || cpu_ns(owner) - watch->baseline_ns < deadline) return SBX_WATCH_RUNNING;
    // Should the call have ended meanwhile, this is the number of no call that is under way.
    atomic_store(&watch->late, number);
    return SBX_WATCH_LATE;
}

static void wake(void) {
    if (atomic_exchange(&is_asleep, 0)) {
        syscall(SYS_futex, &is_asleep, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    }
}

void sbx_watch_begin(struct sbx_watch *watch, uint64_t deadline_ns) {
    atomic_store_explicit(&watch->deadline_ns, deadline_ns, memory_order_relaxed);
    // In one order with the watchdog's falling asleep: either it sees the number or we see it asleep.
    atomic_fetch_add(&watch->number, 1);
    if (atomic_load(&is_asleep)) wake();
}

void sbx_watch_end(struct sbx_watch *watch) {
    uint64_t number = atomic_load_explicit(&watch->number, memory_order_relaxed);
    atomic_store_explicit(&watch->number, number + 1, memory_order_release);
}

static uint64_t cpu_of(void *owner) {
    struct sbx_seat *seat = owner;
    struct timespec time;
    if (clock_gettime(seat->clock, &time) != 0) return 0;
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/// Looks at all calls once. Says whether one is under way and whether one is late.
static void look(bool *is_any_running, bool *is_any_late) {
    *is_any_running = *is_any_late = false;
    pthread_mutex_lock(&lock);
    for (struct sbx_seat *seat = seats; seat; seat = seat->next) {
        switch (sbx_watch_look(&seat->watch, cpu_of, seat)) {
        case SBX_WATCH_IDLE: break;
        case SBX_WATCH_RUNNING: *is_any_running = true; break;
        case SBX_WATCH_LATE:
            *is_any_running = *is_any_late = true;
            // The thread lives: it takes its seat from the list, under the lock, before it ends.
            pthread_kill(seat->thread, SBX_LATE_SIGNAL);
            break;
        }
    }
    pthread_mutex_unlock(&lock);
}

static void *watch(void *unused) {
    int quiet_looks = 0;
    for (;;) {
        bool is_any_running, is_any_late;
        look(&is_any_running, &is_any_late);
        quiet_looks = is_any_running ? 0 : quiet_looks + 1;
        if (quiet_looks > looks_before_sleep) {
            atomic_store(&is_asleep, 1);
            look(&is_any_running, &is_any_late);
            if (!is_any_running) {
                while (atomic_load(&is_asleep)) {
                    syscall(SYS_futex, &is_asleep, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0);
                }
            }
            atomic_store(&is_asleep, 0);
            quiet_looks = 0;
        }
        struct timespec pause = {0, is_any_late ? signal_ns : look_ns};
        nanosleep(&pause, NULL);
    }
    return unused;
}

/// Under the lock.
static bool start(void) {
    if (is_started) return true;
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0) return false;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, 256 << 10);
    // The signals of the process are other threads' business.
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    pthread_t thread;
    is_started = pthread_create(&thread, &attributes, watch, NULL) == 0;
    if (is_started) pthread_setname_np(thread, "lua watchdog");
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attributes);
    return is_started;
}

bool sbx_watchdog_add(struct sbx_seat *seat) {
    sigset_t late;
    sigemptyset(&late);
    sigaddset(&late, SBX_LATE_SIGNAL);
    pthread_sigmask(SIG_UNBLOCK, &late, NULL);
    pthread_mutex_lock(&lock);
    bool done = start();
    if (done) {
        seat->next = seats;
        if (seats) seats->previous = seat;
        seats = seat;
    }
    pthread_mutex_unlock(&lock);
    return done;
}

void sbx_watchdog_remove(struct sbx_seat *seat) {
    pthread_mutex_lock(&lock);
    if (seat->next) seat->next->previous = seat->previous;
    if (seat->previous) seat->previous->next = seat->next;
    else seats = seat->next;
    pthread_mutex_unlock(&lock);
}
