// Workers and a watchdog on threads of their own.
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "watch.h"
#include "watchdog_simulation.h"

enum {
    /// All workers rest together before so many calls of each, so that the watchdog falls asleep.
    CALLS_BETWEEN_RESTS = 100,
    /// How often the others get their turn while it is seen that the watchdog stays asleep.
    YIELDS_ASLEEP = 100,
    /// A worker is removed and another added in its place, once in so many calls.
    CALLS_OF_A_WORKER = 20,
    /// How long a worker waits for the moment at which the watchdog falls asleep, in steps of nothing.
    MOST_SPINS = 1000,
    /// The least that counts as never. Nothing else looks at the real clock.
    PATIENCE_SECONDS = 120,
};

struct simulation {
    struct sbx_watchdog watchdog;
    pthread_t thread;
    pthread_barrier_t barrier;
    unsigned calls;
    /// How many turns the watchdog has ended. What it did before is seen by who reads this; nothing goes
    /// the other way, so that the sanitizer sees whether the bookkeeping itself suffices for that.
    _Atomic uint32_t turns;
    _Atomic bool is_over;
    const char *_Atomic violation;
    _Atomic uint64_t late_calls, stale_signals, sleeps, removals;
};

/// What is watched of a worker; on the heap, so that the sanitizers see a look at one that is gone.
struct worker {
    struct sbx_watch watch;
    _Atomic uint64_t clock_ns;
    _Atomic bool has_signal;
};

/// A worker's thread.
struct actor {
    struct simulation *simulation;
    struct worker *worker;
    pthread_t thread;
    unsigned index;
    uint64_t random;
    /// Of the call that is under way.
    uint64_t began_ns, deadline_ns;
    bool was_late;
};

static void violate(struct simulation *simulation, const char *what) {
    const char *none = NULL;
    atomic_compare_exchange_strong(&simulation->violation, &none, what);
}

static uint64_t clock_of(struct sbx_watch *watch) {
    return atomic_load_explicit(&((struct worker *)watch)->clock_ns, memory_order_relaxed);
}

static void set_flag(struct sbx_watch *watch) {
    atomic_store_explicit(&((struct worker *)watch)->has_signal, true, memory_order_relaxed);
}

static void *watchdog_body(void *argument) {
    struct simulation *simulation = argument;
    while (!atomic_load_explicit(&simulation->is_over, memory_order_relaxed)) {
        sbx_watchdog_turn(&simulation->watchdog);
        atomic_fetch_add_explicit(&simulation->turns, 1, memory_order_release);
        syscall(SYS_futex, &simulation->turns, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
        sched_yield();
    }
    return NULL;
}

static uint64_t random_below(struct actor *actor, uint64_t bound) {
    actor->random += 0x9E3779B97F4A7C15u;
    uint64_t mixed = actor->random;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
    return (mixed ^ (mixed >> 31)) % bound;
}

static uint32_t turns(struct simulation *simulation) {
    return atomic_load_explicit(&simulation->turns, memory_order_acquire);
}

/// Waits until the watchdog has looked at what there was when this was called. False if it never does, or
/// something was wrong before.
static bool wait_for_look(struct actor *actor) {
    struct simulation *simulation = actor->simulation;
    struct timespec patience = {PATIENCE_SECONDS, 0};
    // The turn that is under way may have passed this worker already.
    uint32_t start = turns(simulation), now = start;
    while (now - start < 2 && !atomic_load(&simulation->violation)) {
        long status =
            syscall(SYS_futex, &simulation->turns, FUTEX_WAIT_PRIVATE, now, &patience, NULL, 0);
        if (status != 0 && errno == ETIMEDOUT) {
            violate(simulation, "the watchdog does not look while a call is under way");
        }
        now = turns(simulation);
    }
    return atomic_load(&simulation->violation) == NULL;
}

static void work(struct actor *actor, uint64_t ns) {
    atomic_fetch_add_explicit(&actor->worker->clock_ns, ns, memory_order_relaxed);
}

static void begin(struct actor *actor, uint64_t deadline_ns) {
    actor->began_ns = clock_of(&actor->worker->watch);
    actor->deadline_ns = deadline_ns;
    actor->was_late = false;
    sbx_watch_begin(&actor->worker->watch, deadline_ns);
}

/// Does what the signal handler does: the signal that came is for this call, or means nothing.
static void look_for_signal(struct actor *actor) {
    struct simulation *simulation = actor->simulation;
    if (!atomic_exchange_explicit(&actor->worker->has_signal, false, memory_order_relaxed)) return;
    if (!sbx_watch_is_late(&actor->worker->watch)) {
        atomic_fetch_add_explicit(&simulation->stale_signals, 1, memory_order_relaxed);
        return;
    }
    uint64_t used_ns = clock_of(&actor->worker->watch) - actor->began_ns;
    if (actor->deadline_ns == 0) violate(simulation, "a call without a deadline is late");
    if (used_ns < actor->deadline_ns) violate(simulation, "a call is late before its deadline");
    actor->was_late = true;
}

static void end(struct actor *actor) {
    look_for_signal(actor);
    if (actor->was_late) {
        atomic_fetch_add_explicit(&actor->simulation->late_calls, 1, memory_order_relaxed);
    }
    sbx_watch_end(&actor->worker->watch);
}

static void short_call(struct actor *actor) {
    uint64_t deadline_ns = 1 + random_below(actor, 1000);
    begin(actor, deadline_ns);
    for (uint64_t left = random_below(actor, deadline_ns); left > 0;) {
        uint64_t part = 1 + random_below(actor, left);
        work(actor, part);
        left -= part;
        look_for_signal(actor);
    }
    end(actor);
}

/// Is late to the nanosecond, and must be told so by the look that follows.
static void late_call(struct actor *actor) {
    begin(actor, 1 + random_below(actor, 1000));
    if (wait_for_look(actor)) {
        look_for_signal(actor);
        if (actor->was_late) violate(actor->simulation, "a call is late at the first look");
        work(actor, actor->deadline_ns);
        if (wait_for_look(actor)) look_for_signal(actor);
        if (!actor->was_late) violate(actor->simulation, "a late call was not told so");
    }
    end(actor);
}

/// Ends one nanosecond before its deadline, though it is looked at.
static void nearly_late_call(struct actor *actor) {
    begin(actor, 1 + random_below(actor, 1000));
    if (wait_for_look(actor)) {
        work(actor, actor->deadline_ns - 1);
        wait_for_look(actor);
    }
    end(actor);
    if (actor->was_late) violate(actor->simulation, "a call is late before its deadline");
}

/// Takes too long and ends while the watchdog may be marking it. It does not look for the signal, which
/// meets the next call.
static void overtaking_call(struct actor *actor) {
    begin(actor, 1 + random_below(actor, 10));
    if (wait_for_look(actor)) {
        work(actor, actor->deadline_ns);
        for (uint64_t left = random_below(actor, 4); left > 0; left--) sched_yield();
    }
    sbx_watch_end(&actor->worker->watch);
}

static void unlimited_call(struct actor *actor) {
    begin(actor, 0);
    if (wait_for_look(actor)) {
        work(actor, 1000000000);
        wait_for_look(actor);
    }
    end(actor);
}

static void call(struct actor *actor) {
    switch (random_below(actor, 8)) {
    case 0: late_call(actor); break;
    case 1: nearly_late_call(actor); break;
    case 2: unlimited_call(actor); break;
    case 3:
    case 4: overtaking_call(actor); break;
    default: short_call(actor);
    }
}

static void add_worker(struct actor *actor) {
    actor->worker = calloc(1, sizeof *actor->worker);
    if (!actor->worker) abort();
    sbx_watch_add(&actor->simulation->watchdog, &actor->worker->watch);
}

static void remove_worker(struct actor *actor) {
    sbx_watch_remove(&actor->worker->watch);
    atomic_fetch_add_explicit(&actor->simulation->removals, 1, memory_order_relaxed);
    free(actor->worker);
    actor->worker = NULL;
}

/// No call is under way anywhere: the watchdog falls asleep in time, and stays so.
static void rest(struct actor *actor) {
    struct simulation *simulation = actor->simulation;
    // One turn may be under way that saw a call, and in the last one it falls asleep.
    uint32_t start = turns(simulation);
    while (!atomic_load(&simulation->watchdog.is_asleep)) {
        if (turns(simulation) - start > SBX_QUIET_TURNS + 1) {
            violate(simulation, "the watchdog does not fall asleep");
            return;
        }
        sched_yield();
    }
    uint32_t asleep = turns(simulation);
    for (int i = 0; i < YIELDS_ASLEEP; i++) sched_yield();
    if (turns(simulation) != asleep || !atomic_load(&simulation->watchdog.is_asleep)) {
        violate(simulation, "the watchdog woke though no call began");
    }
    atomic_fetch_add_explicit(&simulation->sleeps, 1, memory_order_relaxed);
}

static void *busy_body(void *argument) {
    struct actor *actor = argument;
    struct simulation *simulation = actor->simulation;
    add_worker(actor);
    for (unsigned i = 0; i < simulation->calls; i++) {
        if (i % CALLS_BETWEEN_RESTS == 0) {
            pthread_barrier_wait(&simulation->barrier);
            if (actor->index == 0) rest(actor);
            pthread_barrier_wait(&simulation->barrier);
            // Each tries to be the first to wake the watchdog.
            late_call(actor);
        } else if (!atomic_load(&simulation->violation)) {
            call(actor);
        }
        if (random_below(actor, CALLS_OF_A_WORKER) == 0) {
            remove_worker(actor);
            add_worker(actor);
        }
    }
    remove_worker(actor);
    return NULL;
}

/// Each call begins when the watchdog is about to fall asleep, a little earlier or later.
static void *drowsy_body(void *argument) {
    struct actor *actor = argument;
    struct simulation *simulation = actor->simulation;
    add_worker(actor);
    for (unsigned i = 0; i < simulation->calls && !atomic_load(&simulation->violation); i++) {
        uint32_t start = turns(simulation);
        while (turns(simulation) - start < SBX_QUIET_TURNS && !atomic_load(&simulation->watchdog.is_asleep)) {
            sched_yield();
        }
        for (uint64_t left = random_below(actor, MOST_SPINS); left > 0; left--) turns(simulation);
        begin(actor, 0);
        wait_for_look(actor);
        end(actor);
    }
    remove_worker(actor);
    return NULL;
}

/// Ends the watchdog's loop, should it sleep, by a call.
static void stop_watchdog(struct simulation *simulation) {
    struct worker last = {0};
    sbx_watch_add(&simulation->watchdog, &last.watch);
    atomic_store(&simulation->is_over, true);
    sbx_watch_begin(&last.watch, 0);
    pthread_join(simulation->thread, NULL);
    sbx_watch_end(&last.watch);
    sbx_watch_remove(&last.watch);
}

/// Runs `body` for each of some workers beside the watchdog, to the end.
static void simulate(
    uint64_t seed, unsigned workers, unsigned calls, void *(*body)(void *actor),
    struct watchdog_report *report) {
    struct simulation *simulation = calloc(1, sizeof *simulation);
    struct actor *actors = calloc(workers, sizeof *actors);
    if (!simulation || !actors) abort();
    pthread_mutex_init(&simulation->watchdog.lock, NULL);
    pthread_barrier_init(&simulation->barrier, NULL, workers);
    simulation->watchdog.cpu_ns = clock_of;
    simulation->watchdog.tell = set_flag;
    simulation->calls = calls;
    pthread_create(&simulation->thread, NULL, watchdog_body, simulation);
    for (unsigned i = 0; i < workers; i++) {
        actors[i] = (struct actor){.simulation = simulation, .index = i, .random = seed * 1000 + i};
        pthread_create(&actors[i].thread, NULL, body, &actors[i]);
    }
    for (unsigned i = 0; i < workers; i++) pthread_join(actors[i].thread, NULL);
    *report = (struct watchdog_report){
        .violation = simulation->violation,
        .calls = (uint64_t)workers * calls,
        .late_calls = simulation->late_calls,
        .stale_signals = simulation->stale_signals,
        .sleeps = simulation->sleeps,
        .removals = simulation->removals,
    };
    free(actors);
    // A watchdog that went wrong may sleep for ever: it is left behind, with what it looks at.
    if (report->violation) return;
    stop_watchdog(simulation);
    if (simulation->watchdog.watches) report->violation = "a worker is still watched";
    pthread_barrier_destroy(&simulation->barrier);
    pthread_mutex_destroy(&simulation->watchdog.lock);
    free(simulation);
}

void watchdog_simulate_threads(
    uint64_t seed, unsigned workers, unsigned calls, struct watchdog_report *report) {
    simulate(seed, workers, calls, busy_body, report);
}

void watchdog_simulate_falling_asleep(uint64_t seed, unsigned calls, struct watchdog_report *report) {
    simulate(seed, 1, calls, drowsy_body, report);
}
