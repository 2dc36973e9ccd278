import GRDB
import Synchronization

/// The connections for what one statement reads, such as a lead's record: each by itself takes half as long as one of
/// a pool. Whoever reads takes one that nobody has, so that lanes which meet new leads at the same time do not wait for
/// each other. All of them are opened when they are first needed, but for one.
final class Lookups: Sendable {
    private let first: DatabaseQueue
    private let open: @Sendable () throws -> DatabaseQueue
    private let connections: Mutex<Connections>

    private struct Connections {
        /// Those that nobody has, the one that was given back last at the end: what it read is still in its memory.
        var free: [DatabaseQueue]
        /// Those that were opened beside the first one.
        var others: [DatabaseQueue] = []
        /// How many more may be opened.
        var openable: Int
    }

    /// - Parameters:
    ///   - others: how many connections may be opened beside the first one.
    ///   - open: opens another one.
    init(_ first: DatabaseQueue, others: Int, open: @escaping @Sendable () throws -> DatabaseQueue) {
        self.first = first
        self.open = open
        connections = Mutex(Connections(free: [first], openable: others))
    }

    /// How many connections are open.
    var count: Int { connections.withLock { $0.others.count + 1 } }

    /// Runs a body of one statement, which sees one state of the database by itself.
    func read<Result>(_ body: (Database) throws -> Result) throws -> Result {
        // Readers that find none take turns on the first connection.
        guard let connection = take() else { return try first.unsafeRead(body) }
        defer { connections.withLock { $0.free.append(connection) } }
        return try connection.unsafeRead(body)
    }

    /// One that nobody else has; nil where there is none.
    private func take() -> DatabaseQueue? {
        let (free, mayOpen) = connections.withLock { connections in
            if let free = connections.free.popLast() { return (free as DatabaseQueue?, false) }
            guard connections.openable > 0 else { return (nil, false) }
            connections.openable -= 1
            return (nil, true)
        }
        // Where no other can be opened, say because the process has no descriptors left, reading goes on without it.
        guard mayOpen, let opened = try? open() else { return free }
        connections.withLock { $0.others.append(opened) }
        return opened
    }

    /// Nobody reads any more.
    func close() {
        for connection in connections.withLock({ [first] + $0.others }) { try? connection.close() }
    }
}
