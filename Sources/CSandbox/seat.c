#define _GNU_SOURCE
#include "seat.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static __thread struct sbx_seat *mine;

static void buffer_unmap(struct sbx_buffer *buffer) {
    if (buffer->start) munmap(buffer->start, buffer->capacity);
    buffer->start = NULL;
    buffer->capacity = 0;
}

static void give_up(void *seat_of_thread) {
    struct sbx_seat *seat = seat_of_thread;
    mine = NULL;
    buffer_unmap(&seat->effects);
    buffer_unmap(&seat->log);
    buffer_unmap(&seat->result);
    free(seat);
}

static void make_key(void) { pthread_key_create(&key, give_up); }

struct sbx_seat *sbx_seat_take(void) {
    if (mine) return mine;
    pthread_once(&once, make_key);
    struct sbx_seat *seat = calloc(1, sizeof *seat);
    if (!seat) return NULL;
    if (pthread_setspecific(key, seat) != 0) {
        free(seat);
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
