import Foundation
import Synchronization
package import Values

/// The time by which deliveries wait.
package protocol DeliveryClock: Sendable {
    /// Never goes back.
    var now: Timestamp { get }
    /// Returns earlier when its task is cancelled.
    func sleep(for duration: Duration) async
}

/// The time of day, which goes on at least as fast as time passes: a clock that is set back holds nothing up.
package final class DayClock: DeliveryClock {
    private let wall: @Sendable () -> Timestamp
    private let last: Mutex<(time: Timestamp, at: ContinuousClock.Instant)>

    /// - Parameter least: a time that has passed already, whatever the wall clock says.
    package init(atLeast least: Timestamp? = nil, wall: @escaping @Sendable () -> Timestamp) {
        self.wall = wall
        last = Mutex((max(wall(), least ?? wall()), .now))
    }

    package var now: Timestamp {
        last.withLock { last in
            let instant = ContinuousClock.now
            last = (max(wall(), last.time.adding(last.at.duration(to: instant))), instant)
            return last.time
        }
    }

    package func sleep(for duration: Duration) async { try? await Task.sleep(for: duration) }
}
