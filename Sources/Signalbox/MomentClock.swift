import Glibc
import Journeys

/// The processor time that a moment's calls take (R32), and what the lane does to make them and to apply what they
/// ask for: a call that costs little and sees a large lead holds the lane as much as one that computes.
///
/// To ask for it costs as much as a small call, so it is measured only once the moment has taken a deadline by the
/// wall clock, which is never less. What was not measured is at most one deadline, and a call that was cut off at its
/// own.
struct MomentClock {
    private let limit: Duration
    private let start = SuspendingClock.now
    /// The processor time of the thread when it was measured last.
    private var measured: Duration?

    init(limit: Duration) { self.limit = limit }

    /// What counts since this was asked last.
    mutating func time() -> Duration {
        guard let before = measured else {
            if start.duration(to: .now) * MomentLimits.deadlines > limit { measured = Self.processorTime() }
            return .zero
        }
        let now = Self.processorTime()
        measured = now
        return now - before
    }

    private static func processorTime() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
