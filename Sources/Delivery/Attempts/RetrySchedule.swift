import Journeys
import Store
import Values
import Workspace

/// What follows from the end of an attempt (R55).
struct RetrySchedule {
    let settings: DeliverySettings.Retry
    /// Whether an attempt whose end nobody knows is made again.
    let repeatsUnknown: Bool

    /// How much a pause differs from its rule at most, so that what failed together is not tried again together.
    private static let jitter = 0.2

    /// - Parameters:
    ///   - firstAttempt: since when the delivery has been tried.
    ///   - random: from 0 to 1.
    func next(after end: AttemptEnd, firstAttempt: Timestamp, now: Timestamp, random: Double)
        -> DeliverySettlement.Next
    {
        switch end.outcome {
        case .delivered: return .delivered
        case .failed(canPass: false): return .dead
        case .unknown where !repeatsUnknown: return .unknown
        case .failed(canPass: true), .unknown: break
        }
        let last = firstAttempt.adding(settings.deadline)
        if now >= last { return .dead }
        let due = max(now.adding(pause(after: firstAttempt, now: now, random)), end.notBefore ?? now)
        return .again(due: min(due, last))
    }

    /// As long as the delivery has been tried so far, and the first pause: so each is about twice the one before.
    private func pause(after firstAttempt: Timestamp, now: Timestamp, _ random: Double) -> Duration {
        let tried = Duration.milliseconds(max(0, now.milliseconds - firstAttempt.milliseconds))
        return min(settings.longest, settings.first + tried) * (1 - Self.jitter + 2 * Self.jitter * random)
    }
}

extension Timestamp {
    func adding(_ duration: Duration) -> Timestamp {
        let (sum, isTooMuch) = milliseconds.addingReportingOverflow(Int64(duration / .milliseconds(1)))
        return isTooMuch ? self : Timestamp(milliseconds: sum)
    }
}
