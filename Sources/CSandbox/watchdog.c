// The watchdog: one thread that looks at every call from time to time and signals the threads of those
// that are late. It sleeps while there is no call. Its bookkeeping is in watch.c.
#define _GNU_SOURCE
#include "watchdog.h"

#include <stddef.h>

/// How often it looks while calls are under way.
static const long look_ns = 5000000;
/// How often it signals a thread whose call is late.
static const long signal_ns = 200000;

static struct sbx_watched *watched_of(struct sbx_watch *watch) {
    _Static_assert(offsetof(struct sbx_watched, watch) == 0, "a watched thread begins with its watch");
    return (struct sbx_watched *)watch;
}

static uint64_t cpu_of(struct sbx_watch *watch) {
    struct timespec time;
    // A clock that cannot be read makes no call late.
    if (clock_gettime(watched_of(watch)->clock, &time) != 0) return watch->baseline_ns;
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void send_signal(struct sbx_watch *watch) { pthread_kill(watched_of(watch)->thread, SBX_LATE_SIGNAL); }

static struct sbx_watchdog watchdog = {
    .lock = PTHREAD_MUTEX_INITIALIZER, .cpu_ns = cpu_of, .tell = send_signal};

static void *run(void *unused) {
    for (;;) {
        struct timespec pause = {0, sbx_watchdog_turn(&watchdog) ? signal_ns : look_ns};
        nanosleep(&pause, NULL);
    }
    return unused;
}

static bool is_started;

static bool start(void) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0) return false;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, 256 << 10);
    // The signals of the process are other threads' business.
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    pthread_mutex_lock(&lock);
    if (!is_started) {
        pthread_t thread;
        is_started = pthread_create(&thread, &attributes, run, NULL) == 0;
        if (is_started) pthread_setname_np(thread, "lua watchdog");
    }
    bool done = is_started;
    pthread_mutex_unlock(&lock);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attributes);
    return done;
}

bool sbx_watchdog_add(struct sbx_watched *watched) {
    watched->thread = pthread_self();
    if (pthread_getcpuclockid(watched->thread, &watched->clock) != 0) return false;
    sigset_t late;
    sigemptyset(&late);
    sigaddset(&late, SBX_LATE_SIGNAL);
    pthread_sigmask(SIG_UNBLOCK, &late, NULL);
    if (!start()) return false;
    sbx_watch_add(&watchdog, &watched->watch);
    return true;
}

void sbx_watchdog_remove(struct sbx_watched *watched) { sbx_watch_remove(&watched->watch); }
