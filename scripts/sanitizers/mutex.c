// Shows the thread sanitizer what Swift's `Mutex` does. The lock that nobody else wants is taken in code that
// was compiled with the sanitizer; waiting for it, and handing it to who waits, is done in a library that was
// not. Without this every mutex that two threads wanted at once would be reported as a race.
//
// Loaded before the standard library's `Synchronization`. Does nothing in a program without the sanitizer.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

extern void __tsan_acquire(void *address) __attribute__((weak));
extern void __tsan_release(void *address) __attribute__((weak));

// func _lockSlow(_ selfId: UInt32), func _unlockSlow()
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context))

SWIFT void lock_slow(uint32_t thread, SELF void *handle) __asm__(LOCK);
SWIFT void unlock_slow(SELF void *handle) __asm__(UNLOCK);

typedef SWIFT void lock_function(uint32_t thread, SELF void *handle);
typedef SWIFT void unlock_function(SELF void *handle);

SWIFT void lock_slow(uint32_t thread, SELF void *handle) {
    lock_function *next = (lock_function *)dlsym(RTLD_NEXT, LOCK);
    next(thread, handle);
    if (__tsan_acquire) __tsan_acquire(handle);
}

SWIFT void unlock_slow(SELF void *handle) {
    unlock_function *next = (unlock_function *)dlsym(RTLD_NEXT, UNLOCK);
    if (__tsan_release) __tsan_release(handle);
    next(handle);
}
