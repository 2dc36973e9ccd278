import DequeModule

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A bounded queue between threads. A thread that takes gets all that is waiting, up to a limit, in order.
///
/// Owner of the contents: the thread that holds the condition's lock; hence `@unchecked Sendable`.
final class Mailbox<Item: Sendable>: @unchecked Sendable {
    private let capacity: Int
    private var items: Deque<Item> = []
    private var isClosed = false
    private let condition = BlockingCondition()

    init(capacity: Int) { self.capacity = capacity }

    /// Puts the item in if there is room, or, if it `waits`, as soon as there is. False when the mailbox is
    /// full or closed.
    func offer(_ item: Item, waits: Bool = false) -> Bool {
        condition.locked {
            while waits, !isClosed, items.count >= capacity { condition.wait() }
            guard !isClosed, items.count < capacity else { return false }
            items.append(item)
            if items.count == 1 { condition.broadcast() }
            return true
        }
    }

    /// How many items wait.
    var count: Int { condition.locked { items.count } }

    /// Whether it was closed.
    var isOver: Bool { condition.locked { isClosed } }

    /// Puts the item in as soon as there is room; also when the mailbox was closed in the meantime.
    func put(_ item: Item) {
        condition.locked {
            while !isClosed, items.count >= capacity { condition.wait() }
            items.append(item)
            condition.broadcast()
        }
    }

    /// Waits for items and takes them, at most `limit`. Nil when the mailbox is closed and empty.
    func take(limit: Int) -> Deque<Item>? {
        condition.locked {
            while items.isEmpty, !isClosed { condition.wait() }
            if items.isEmpty { return nil }
            defer { condition.broadcast() }
            if items.count <= limit {
                defer { items = [] }
                return items
            }
            var taken = Deque<Item>(minimumCapacity: limit)
            for _ in 0..<limit { taken.append(items.removeFirst()) }
            return taken
        }
    }

    /// Lets nothing more be offered; what is in is still taken.
    func close() {
        condition.locked {
            isClosed = true
            condition.broadcast()
        }
    }
}

/// How many threads the machine runs at once.
func processorCount() -> Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }
