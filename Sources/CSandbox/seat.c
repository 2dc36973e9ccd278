#define _GNU_SOURCE
#include "seat.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static bool is_key_made;

// A signal handler reads it: the model that needs no allocation at the first touch.
static __thread struct sbx_seat *mine __attribute__((tls_model("initial-exec")));

static const size_t signal_stack_bytes = 64 << 10;
/// The largest page that Linux has.
static const size_t guard_bytes = 64 << 10;

static void buffer_unmap(struct sbx_buffer *buffer) {
    if (buffer->start) munmap(buffer->start, buffer->capacity);
    buffer->start = NULL;
    buffer->capacity = 0;
}

/// Gives the thread a signal stack of its own, above an inaccessible page, unless it has one that is large
/// enough. A fault for lack of stack can be handled only on another one.
static bool take_signal_stack(struct sbx_seat *seat) {
    stack_t old;
    if (sigaltstack(NULL, &old) == 0 && !(old.ss_flags & SS_DISABLE) &&
        old.ss_size >= signal_stack_bytes) {
        return true;
    }
    char *mapping = mmap(
        NULL, guard_bytes + signal_stack_bytes, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED) return false;
    mprotect(mapping, guard_bytes, PROT_NONE);
    stack_t stack = {.ss_sp = mapping + guard_bytes, .ss_size = signal_stack_bytes};
    if (sigaltstack(&stack, NULL) != 0) {
        munmap(mapping, guard_bytes + signal_stack_bytes);
        return false;
    }
    seat->signal_stack = mapping;
    return true;
}

static void give_up_signal_stack(struct sbx_seat *seat) {
    if (!seat->signal_stack) return;
    stack_t now;
    bool is_ours = sigaltstack(NULL, &now) == 0 && now.ss_sp == (char *)seat->signal_stack + guard_bytes;
    // Another one that was put in its place is left alone.
    if (is_ours) {
        stack_t none = {.ss_flags = SS_DISABLE};
        sigaltstack(&none, NULL);
    }
    munmap(seat->signal_stack, guard_bytes + signal_stack_bytes);
}

static bool find_stack(struct sbx_seat *seat) {
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return false;
    void *lowest;
    size_t size;
    bool found = pthread_attr_getstack(&attributes, &lowest, &size) == 0;
    pthread_attr_destroy(&attributes);
    seat->stack_floor = (uintptr_t)lowest + SBX_STACK_RESERVE_BYTES;
    return found;
}

static void free_seat(struct sbx_seat *seat) {
    give_up_signal_stack(seat);
    buffer_unmap(&seat->effects);
    buffer_unmap(&seat->log);
    buffer_unmap(&seat->result);
    free(seat);
}

static void give_up(void *seat_of_thread) {
    struct sbx_seat *seat = seat_of_thread;
    sbx_watchdog_remove(&seat->watched);
    mine = NULL;
    free_seat(seat);
}

static void make_key(void) { is_key_made = pthread_key_create(&key, give_up) == 0; }

struct sbx_seat *sbx_seat_mine(void) { return mine; }

struct sbx_seat *sbx_seat_take(void) {
    if (mine) return mine;
    pthread_once(&once, make_key);
    if (!is_key_made) return NULL;
    struct sbx_seat *seat = calloc(1, sizeof *seat);
    if (!seat) return NULL;
    bool done = find_stack(seat) && take_signal_stack(seat) && pthread_setspecific(key, seat) == 0;
    if (done && !sbx_watchdog_add(&seat->watched)) {
        pthread_setspecific(key, NULL);
        done = false;
    }
    if (!done) {
        free_seat(seat);
        return NULL;
    }
    mine = seat;
    return seat;
}

bool sbx_buffer_reset(struct sbx_buffer *buffer, size_t limit) {
    buffer->length = 0;
    if (limit > buffer->capacity) {
        buffer_unmap(buffer);
        void *start = mmap(
            NULL, limit, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (start == MAP_FAILED) {
            buffer->limit = 0;
            return false;
        }
        buffer->start = start;
        buffer->capacity = limit;
    }
    buffer->limit = limit;
    return true;
}
