import Synchronization
import Values

/// Counts the requests of each token in the present second.
final class RateLimiter: Sendable {
    private let clock: @Sendable () -> Timestamp
    private let state = Mutex(State())

    private struct State {
        /// Since 1970.
        var second: Int64 = 0
        /// By the token's name.
        var counts: [String: Int] = [:]
    }

    init(clock: @escaping @Sendable () -> Timestamp) { self.clock = clock }

    /// Whether the token may make one request more, of `limit` a second; if so, it is counted.
    func allows(_ token: String, limit: Int) -> Bool {
        let second = clock().milliseconds / 1000
        return state.withLock { state in
            if state.second != second {
                state.second = second
                state.counts.removeAll(keepingCapacity: true)
            }
            let count = state.counts[token, default: 0]
            guard count < limit else { return false }
            state.counts[token] = count + 1
            return true
        }
    }
}
