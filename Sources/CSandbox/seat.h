// What a thread that runs Lua has for all its sandboxes: the buffers that results are written to.
#ifndef SBX_SEAT_H
#define SBX_SEAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SBX_MESSAGE_BYTES = 4096,
    SBX_TRACEBACK_BYTES = 4096,
    SBX_DETAIL_BYTES = 64,
};

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
    struct sbx_buffer effects, log, result;
    size_t message_length, traceback_length, detail_length;
    char message[SBX_MESSAGE_BYTES];
    char traceback[SBX_TRACEBACK_BYTES];
    char detail[SBX_DETAIL_BYTES];
};

/// The calling thread's seat, made at its first call and given up when the thread ends. NULL if there is
/// no memory.
struct sbx_seat *sbx_seat_take(void);

/// Empties the buffer and makes room for `limit` bytes. False if there is no memory.
bool sbx_buffer_reset(struct sbx_buffer *buffer, size_t limit);

#endif
