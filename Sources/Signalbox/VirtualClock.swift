import Synchronization
public import Values

/// The time of a simulation: it moves when it is told to, and never back.
public final class VirtualClock: Sendable {
    private let time: Mutex<Timestamp>

    /// Begins at 2000-01-01T00:00:00Z, or at another time.
    public init(_ start: Timestamp = Timestamp(milliseconds: 946_684_800_000)) { time = Mutex(start) }

    public var now: Timestamp { time.withLock { $0 } }

    public func advance(to time: Timestamp) { self.time.withLock { $0 = max($0, time) } }
}
