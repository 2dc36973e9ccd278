// What a thread that runs Lua has for all its sandboxes: the buffers that results are written to, the
// borders of its stack, the stack that its signals are handled on, and what the watchdog knows of it.
#ifndef SBX_SEAT_H
#define SBX_SEAT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "watchdog.h"

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

struct sbx_seat {
    struct sbx_watched watched;
    /// The sandbox whose call is under way.
    struct sbx *running;
    /// Whether a function of the host's runs for the call. No jump may cross it.
    _Atomic bool is_in_leaf;
    /// The call whose hook was set by the signal handler, so that it may say where it was.
    uint64_t asked_number;
    /// Below this address a call has used up the thread's stack.
    uintptr_t stack_floor;
    void *signal_stack;

    struct sbx_buffer effects, log, result;
    size_t message_length, traceback_length, detail_length;
    char message[SBX_MESSAGE_BYTES];
    char traceback[SBX_TRACEBACK_BYTES];
    char detail[SBX_DETAIL_BYTES];
};

/// The calling thread's seat, made at its first call and given up when the thread ends. NULL if there is
/// no memory. The signal handlers must be installed (signals.h).
struct sbx_seat *sbx_seat_take(void);

/// The calling thread's seat if it has one. May be called by a signal handler.
struct sbx_seat *sbx_seat_mine(void);

/// Empties the buffer and makes room for `limit` bytes. False if there is no memory.
bool sbx_buffer_reset(struct sbx_buffer *buffer, size_t limit);

#endif
