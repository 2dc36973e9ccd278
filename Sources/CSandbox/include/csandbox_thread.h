// Threads with room for the interpreter's recursion.
#ifndef SIGNALBOX_CSANDBOX_THREAD_H
#define SIGNALBOX_CSANDBOX_THREAD_H

#include <stdbool.h>

struct sbx_thread;

/// Starts a thread with 8 MiB of stack above inaccessible memory. `name` has at most 15 bytes. NULL if
/// the system has no room; then `body` does not run. Signals of the process do not come to it.
struct sbx_thread *sbx_thread_start(const char *name, void (*body)(void *owner), void *owner);

/// Waits for the thread's end and frees it. Not for the thread itself.
void sbx_thread_join(struct sbx_thread *thread);

/// Lets the thread go on by itself; what it holds is freed when it has ended. `thread` is not used after this.
void sbx_thread_detach(struct sbx_thread *thread);

/// Whether the caller runs on this thread.
bool sbx_thread_is_mine(const struct sbx_thread *thread);

#endif
