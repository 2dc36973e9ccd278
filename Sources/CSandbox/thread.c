#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "csandbox_thread.h"

static const size_t stack_bytes = 8 << 20;
/// Larger than any frame of the interpreter or the C library, so that no frame reaches over it.
static const size_t guard_bytes = 256 << 10;

struct sbx_thread {
    pthread_t thread;
    void (*body)(void *owner);
    void *owner;
    char name[16];
};

static void *run(void *argument) {
    struct sbx_thread *thread = argument;
    pthread_setname_np(pthread_self(), thread->name);
    thread->body(thread->owner);
    return NULL;
}

struct sbx_thread *sbx_thread_start(const char *name, void (*body)(void *owner), void *owner) {
    struct sbx_thread *thread = calloc(1, sizeof *thread);
    if (!thread) return NULL;
    thread->body = body;
    thread->owner = owner;
    strncpy(thread->name, name, sizeof thread->name - 1);
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0) {
        free(thread);
        return NULL;
    }
    pthread_attr_setstacksize(&attributes, stack_bytes + guard_bytes);
    pthread_attr_setguardsize(&attributes, guard_bytes);
    int status = pthread_create(&thread->thread, &attributes, run, thread);
    pthread_attr_destroy(&attributes);
    if (status != 0) {
        free(thread);
        return NULL;
    }
    return thread;
}

void sbx_thread_join(struct sbx_thread *thread) {
    pthread_join(thread->thread, NULL);
    free(thread);
}
