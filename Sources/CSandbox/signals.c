// Leaving a call by a jump from a signal handler, and why that is sound.
//
// A jump out of the middle of code is sound if nothing that the code had half done matters afterwards.
// What runs for a call is, from the outside inwards: `guarded` (sandbox.c), the interpreter, our functions
// in the cuttable section, what these call of the C library, and leaf functions of the host's.
//
// 1. The interpreter, which lies in a text of its own, writes to the arena and to its stack. The arena is
//    put back before the next call, the stack is left. It has no locks and opens no files: what could do
//    either is not on the list of what a plugin sees.
// 2. Our functions in the cuttable section write to the arena, its header (put back with it), the thread's
//    fixed buffers (of which only a length that is written last says how much is there) and what belongs to
//    one call in the sandbox.
// 3. The C library may hold a lock or have something half done. So the late signal does not jump there: it
//    comes again 0.2 ms later. A loop around such calls may be in the C library nearly all of its time; so what
//    may take long there is called in short pieces, by the interpreter too (bounded.c), and between two of
//    them it is looked whether the call is late. There the jump leaves our function and the interpreter alone.
// 4. A leaf function runs Swift. The jump would skip its frames. Nothing is done while one runs; when it
//    returns, our function looks whether the call is late.
//
// So the late signal jumps only if all of these hold:
//   - the thread has a seat and a call is under way: its number is odd;
//   - that very call is late. The watchdog wrote its number; a signal that was meant for the call before,
//     and arrives in this one or between two, finds another number;
//   - no leaf function runs;
//   - the interrupted address lies in the interpreter or in the cuttable section.
// The first late signal jumps from nowhere: it asks the interpreter to stop at its next instruction, which may be
// done wherever it comes, for that writes a few words of the state alone.
// `guarded` makes the place to jump to before it says that a call is under way, and is not cuttable itself.
//
// A fault (SIGSEGV, SIGBUS) comes from the interpreter's own mistakes or from a stack that is used up. It
// is met in the interpreter, in our functions, or in what they called of the C library: moving and
// comparing bytes, counting their length, printing numbers into a buffer on the stack and reading them,
// mathematics. None of these takes a lock or allocates. Functions of ours that do more than that, and leaf
// functions, are not begun with less than SBX_STACK_RESERVE_BYTES of stack, and no fault is contained in a
// leaf function. The dynamic linker does take locks, while it binds a function at its first call; its
// text is not among those that are left. A fault anywhere else, or without a call, goes to the handler
// that was there before.
//
// One fault is expected: the first write of a call into the sealed part of its own arena. The part is
// opened by one system call, and the write happens again.
//
// What a corrupted interpreter wrote outside of its arena before it faulted cannot be known. The arena has
// inaccessible memory around it, which catches strides and not aim.
#define _GNU_SOURCE
#include "signals.h"

#include <pthread.h>
#include <ucontext.h>

#include "code.h"
#include "fail.h"
#include "state.h"

static struct sigaction previous_late, previous_segv, previous_bus;

static uintptr_t interrupted_address(void *context) {
    ucontext_t *where = context;
#if defined(__x86_64__)
    return (uintptr_t)where->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return (uintptr_t)where->uc_mcontext.pc;
#else
#error "say where this processor's context keeps the program counter"
#endif
}

/// The seat of a thread in whose call no leaf function runs, or NULL.
static struct sbx_seat *seat_in_call(void) {
    struct sbx_seat *seat = sbx_seat_mine();
    if (!seat) return NULL;
    uint64_t number = atomic_load_explicit(&seat->watched.watch.number, memory_order_relaxed);
    if ((number & 1) == 0) return NULL;
    if (atomic_load_explicit(&seat->is_in_leaf, memory_order_relaxed)) return NULL;
    return seat;
}

static void hand_on(
    const struct sigaction *previous, int signal, siginfo_t *info, void *context) {
    if (previous->sa_flags & SA_SIGINFO) {
        previous->sa_sigaction(signal, info, context);
    } else if (previous->sa_handler != SIG_DFL && previous->sa_handler != SIG_IGN) {
        previous->sa_handler(signal);
    } else if (signal != SBX_LATE_SIGNAL) {
        // The instruction faults again and finds the system's own way to end the process.
        struct sigaction by_default = {.sa_handler = SIG_DFL};
        sigaction(signal, &by_default, NULL);
    }
}

/// Jumps. What was said of an error before, if there was one, is not why the call ended.
static _Noreturn void leave(struct sbx *S, enum sbx_reason reason) {
    S->seat->message_length = S->seat->traceback_length = 0;
    S->reason = reason;
    siglongjmp(S->leave, 1);
}

/// The first time the interpreter is asked to stop by itself at its next instruction, where it can say which line
/// it is at. `lua_sethook` may be called by a signal handler. If it does not come to that, for it is inside a
/// function or in another coroutine, the next signal or look ends the call. Says whether it was the first time.
static bool ask(struct sbx_seat *seat) {
    struct sbx *S = seat->running;
    uint64_t number = atomic_load_explicit(&seat->watched.watch.number, memory_order_relaxed);
    if (seat->asked_number == number || !S->current) return false;
    seat->asked_number = number;
    lua_sethook(S->current, sbx_late_hook, LUA_MASKCOUNT, 1);
    return true;
}

static void handle_late(int signal, siginfo_t *info, void *context) {
    struct sbx_seat *seat = seat_in_call();
    if (!seat || !sbx_watch_is_late(&seat->watched.watch)) {
        hand_on(&previous_late, signal, info, context);
        return;
    }
    if (ask(seat) || !sbx_is_cuttable(interrupted_address(context))) return;
    leave(seat->running, SBX_DEADLINE);
}

void sbx_leave_if_late(void) {
    struct sbx_seat *seat = seat_in_call();
    if (!seat || !sbx_watch_is_late(&seat->watched.watch) || ask(seat)) return;
    leave(seat->running, SBX_DEADLINE);
}

static void handle_fault(int signal, siginfo_t *info, void *context) {
    struct sbx_seat *seat = seat_in_call();
    if (seat && signal == SIGSEGV && sbx_arena_open_at(&seat->running->arena, info->si_addr)) return;
    if (!seat || !sbx_is_containable(interrupted_address(context))) {
        hand_on(signal == SIGBUS ? &previous_bus : &previous_segv, signal, info, context);
        return;
    }
    struct sbx *S = seat->running;
    leave(S, SBX_CRASH);
}

static bool is_installed;

static void install(void) {
    if (!sbx_code_find()) return;
    // Not deferred, for a handler that jumps out never returns to unblock its signal; restarting, for the
    // host's own system calls must not notice.
    struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESTART};
    sigemptyset(&action.sa_mask);
    action.sa_sigaction = handle_late;
    if (sigaction(SBX_LATE_SIGNAL, &action, &previous_late) != 0) return;
    action.sa_sigaction = handle_fault;
    if (sigaction(SIGSEGV, &action, &previous_segv) != 0) return;
    if (sigaction(SIGBUS, &action, &previous_bus) != 0) return;
    is_installed = true;
}

bool sbx_signals_install(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install);
    return is_installed;
}
