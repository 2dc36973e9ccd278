// What a thread that runs Lua has for all its sandboxes: the buffers that results are written to, the
// borders of its stack, the stack that its signals are handled on, and what the watchdog knows of it.
#ifndef SBX_SEAT_H
#define SBX_SEAT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum {
    SBX_MESSAGE_BYTES = 4096,
    SBX_TRACEBACK_BYTES = 4096,
    SBX_DETAIL_BYTES = 64,
    /// With less stack than this left, a function of ours ends the call before it takes anything, so that
    /// no fault is ever met inside one, or inside what the C library does for it.
    SBX_STACK_RESERVE_BYTES = 256 << 10,
};

struct sbx;

/// A fixed region outside of every arena that is filled from its start. What is beyond `length` means
/// nothing, so that a writer may be left in the middle at any time.
struct sbx_buffer {
    uint8_t *start;
    size_t length;
    /// How much of the region may be used now.
    size_t limit;
    /// How large the region is.
    size_t capacity;
};

/// What the watchdog and a thread know of each other.
struct sbx_watch {
    /// Goes up at the beginning and at the end of every call: odd while one is under way. Written by the
    /// thread alone.
    _Atomic uint64_t number;
    /// The number of the call that is late. Written by the watchdog alone; means nothing for any other
    /// call, so that a signal that comes too late does nothing.
    _Atomic uint64_t late;
    /// What the call that is under way may take; 0 for no limit. Written by the thread before `number`.
    _Atomic uint64_t deadline_ns;

    // The watchdog's own.
    uint64_t seen_number;
    uint64_t baseline_ns;
};

struct sbx_seat {
    struct sbx_watch watch;
    pthread_t thread;
    clockid_t clock;
    /// The sandbox whose call is under way.
    struct sbx *running;
    /// Whether a function of the host's runs for the call. No jump may cross it.
    _Atomic bool is_in_leaf;
    /// The call whose hook was set by the signal handler, so that it may say where it was.
    uint64_t asked_number;
    /// Below this address a call has used up the thread's stack.
    uintptr_t stack_floor;
    void *signal_stack;
    /// The list of all seats, under the watchdog's lock.
    struct sbx_seat *next, *previous;

    struct sbx_buffer effects, log, result;
    size_t message_length, traceback_length, detail_length;
    char message[SBX_MESSAGE_BYTES];
    char traceback[SBX_TRACEBACK_BYTES];
    char detail[SBX_DETAIL_BYTES];
};

/// The calling thread's seat, made at its first call and given up when the thread ends. NULL if there is
/// no memory.
struct sbx_seat *sbx_seat_take(void);

/// The calling thread's seat if it has one. May be called by a signal handler.
struct sbx_seat *sbx_seat_mine(void);

/// Empties the buffer and makes room for `limit` bytes. False if there is no memory.
bool sbx_buffer_reset(struct sbx_buffer *buffer, size_t limit);

// The watchdog (watchdog.c).

/// What is to be done about a call.
enum sbx_watch_action { SBX_WATCH_IDLE, SBX_WATCH_RUNNING, SBX_WATCH_LATE };

/// Looks at a call; `cpu_ns` is asked for the thread's CPU time only when it is needed. The first look at
/// a call takes the time from which it is counted. Only the watchdog calls it.
enum sbx_watch_action sbx_watch_look(
    struct sbx_watch *watch, uint64_t (*cpu_ns)(void *owner), void *owner);

/// Says that a call begins, and wakes the watchdog if it sleeps; says that it ended.
void sbx_watch_begin(struct sbx_watch *watch, uint64_t deadline_ns);
void sbx_watch_end(struct sbx_watch *watch);

static inline bool sbx_watch_is_late(struct sbx_watch *watch) {
    return atomic_load_explicit(&watch->late, memory_order_relaxed) ==
        atomic_load_explicit(&watch->number, memory_order_relaxed);
}

/// The watchdog starts with the first seat. False if there can be no thread.
bool sbx_watchdog_add(struct sbx_seat *seat);
void sbx_watchdog_remove(struct sbx_seat *seat);

#endif
