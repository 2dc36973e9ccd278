#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "csandbox_thread.h"
#include "watchdog.h"

static const size_t stack_bytes = 8 << 20;
/// Larger than any frame of the interpreter or the C library, so that no frame reaches over it.
static const size_t guard_bytes = 256 << 10;

struct sbx_thread {
    pthread_t thread;
    /// The thread itself, and the one that started it: the last one frees it.
    atomic_int holders;
    void (*body)(void *owner);
    void *owner;
    char name[16];
};

static void let_go(struct sbx_thread *thread) {
    if (atomic_fetch_sub(&thread->holders, 1) == 1) free(thread);
}

static void *run(void *argument) {
    struct sbx_thread *thread = argument;
    pthread_setname_np(pthread_self(), thread->name);
    thread->body(thread->owner);
    let_go(thread);
    return NULL;
}

/// Leaves the signals of the process to its other threads. One that a library's handler met here might be
/// followed by that handler blocking signals of this thread, the late one among them; libdispatch's does
/// so on Linux. What an instruction or a write of this thread causes stays.
static int start(pthread_t *started, const pthread_attr_t *attributes, struct sbx_thread *thread) {
    static const int own[] = {SBX_LATE_SIGNAL, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS,
                              SIGABRT, SIGPIPE, SIGPROF, SIGXFSZ};
    sigset_t others, old;
    sigfillset(&others);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) sigdelset(&others, own[i]);
    pthread_sigmask(SIG_BLOCK, &others, &old);
    int status = pthread_create(started, attributes, run, thread);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return status;
}

struct sbx_thread *sbx_thread_start(const char *name, void (*body)(void *owner), void *owner) {
    struct sbx_thread *thread = calloc(1, sizeof *thread);
    if (!thread) return NULL;
    atomic_init(&thread->holders, 2);
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
    int status = start(&thread->thread, &attributes, thread);
    pthread_attr_destroy(&attributes);
    if (status != 0) {
        free(thread);
        return NULL;
    }
    return thread;
}

void sbx_thread_join(struct sbx_thread *thread) {
    pthread_join(thread->thread, NULL);
    let_go(thread);
}

void sbx_thread_detach(struct sbx_thread *thread) {
    pthread_detach(thread->thread);
    let_go(thread);
}

bool sbx_thread_is_mine(const struct sbx_thread *thread) {
    return pthread_equal(thread->thread, pthread_self());
}
