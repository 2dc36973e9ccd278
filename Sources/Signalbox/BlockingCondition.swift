#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A lock with a condition that threads wait for, until another thread that had the lock wakes them.
///
/// Owner of what it guards: the caller, between ``lock()`` and ``unlock()``. The system's own parts are used by their addresses
/// alone; hence `@unchecked Sendable`.
package final class BlockingCondition: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    package init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(changed, nil)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    package func lock() { pthread_mutex_lock(mutex) }

    package func unlock() { pthread_mutex_unlock(mutex) }

    /// Runs the body with the lock held.
    package func locked<Result>(_ body: () -> Result) -> Result {
        lock()
        defer { unlock() }
        return body()
    }

    /// Gives the lock up until the thread is woken, which may be for no reason: to be called in a loop, with
    /// the lock held.
    package func wait() { pthread_cond_wait(changed, mutex) }

    /// Wakes all threads that wait. With the lock held.
    package func broadcast() { pthread_cond_broadcast(changed) }
}
