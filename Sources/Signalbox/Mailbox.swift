#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A bounded queue between threads. Who takes gets all that is waiting, up to a limit, in order.
///
/// Owner of the contents: whoever holds the mutex; hence `@unchecked Sendable`.
final class Mailbox<Item: Sendable>: @unchecked Sendable {
    private let capacity: Int
    private var items: [Item] = []
    private var isClosed = false
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init(capacity: Int) {
        self.capacity = capacity
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(changed, nil)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    /// Puts the item in if there is room, or, if it `waits`, as soon as there is. False when the mailbox is
    /// full or closed.
    func offer(_ item: Item, waits: Bool = false) -> Bool {
        locked {
            while waits, !isClosed, items.count >= capacity { pthread_cond_wait(changed, mutex) }
            guard !isClosed, items.count < capacity else { return false }
            items.append(item)
            if items.count == 1 { pthread_cond_broadcast(changed) }
            return true
        }
    }

    /// Whether it was closed.
    var isOver: Bool { locked { isClosed } }

    /// Puts the item in as soon as there is room; also when the mailbox was closed in the meantime.
    func put(_ item: Item) {
        locked {
            while !isClosed, items.count >= capacity { pthread_cond_wait(changed, mutex) }
            items.append(item)
            pthread_cond_broadcast(changed)
        }
    }

    /// Waits for items and takes them, at most `limit`. Nil when the mailbox is closed and empty.
    func take(limit: Int) -> [Item]? {
        locked {
            while items.isEmpty, !isClosed { pthread_cond_wait(changed, mutex) }
            if items.isEmpty { return nil }
            defer { pthread_cond_broadcast(changed) }
            if items.count <= limit {
                defer { items = [] }
                return items
            }
            let taken = Array(items.prefix(limit))
            items.removeFirst(limit)
            return taken
        }
    }

    /// Lets nothing more be offered; what is in is still taken.
    func close() {
        locked {
            isClosed = true
            pthread_cond_broadcast(changed)
        }
    }

    private func locked<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }
}

/// How many threads the machine runs at once.
func processorCount() -> Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }
