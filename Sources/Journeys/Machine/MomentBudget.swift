import Values

/// What the calls of a moment used so far, against the limits that they have together (R32).
struct MomentBudget: Sendable {
    private let limits: MomentLimits
    private var calls = 0
    private var effects = 0
    private var deliveries = 0
    private var bytes = 0
    private var time = Duration.zero
    /// The limit that was passed; no call begins any more.
    private(set) var passed: Refusal?

    init(_ limits: MomentLimits) { self.limits = limits }

    /// How many bytes the next call may still ask for.
    var bytesLeft: Int { max(0, limits.bytes - bytes) }

    /// Whether another call may begin. Asking for one too many passes the limit.
    mutating func begins() -> Bool {
        if passed == nil, calls >= limits.calls { pass("\(limits.calls) calls") }
        return passed == nil
    }

    /// Counts what a call came to, and gives what counts: a call that passes a limit has failed.
    mutating func take(_ result: CallResult, using used: Duration) -> CallResult {
        calls += 1
        time += used
        bytes += result.approximateBytes
        if case .effects(let new) = result.outcome {
            effects += new.count
            for effect in new { deliveries += effect.deliveries }
        }
        let readTooMuch =
            if case .failed(let failure) = result.outcome { failure.reason == .momentLimit } else { false }
        if deliveries > limits.deliveries {
            pass("\(limits.deliveries) deliveries")
        } else if effects > limits.effects {
            pass("\(limits.effects) effects")
        } else if bytes > limits.bytes || readTooMuch {
            pass("\(limits.bytes) bytes of effects, payloads, logs, reads and messages")
        } else if time > limits.time {
            pass("\(limits.time) of processor time for its calls")
        }
        guard let passed else { return result }
        if case .failed = result.outcome { return CallResult(result.outcome, log: result.log) }
        return CallResult(
            .failed(CallFailure(.momentLimit, "\(passed.message); this call passes the limit")),
            log: result.log)
    }

    /// What a call that never began comes to.
    var refused: CallResult {
        CallResult(
            .failed(
                CallFailure(
                    .momentLimit, "\(passed?.message ?? "a limit was passed"); this call did not begin",
                    isLeftOut: true)))
    }

    private mutating func pass(_ what: String) {
        passed = Refusal(.momentLimit, "a moment has at most \(what)")
    }
}

extension CallResult {
    fileprivate var approximateBytes: Int {
        var bytes = reads.isEmpty ? 0 : reads.approximateBytes
        for record in log { bytes += 16 + record.message.utf8.count + record.fields.approximateBytes }
        switch outcome {
        case .effects(let effects): for effect in effects { bytes += effect.approximateBytes }
        case .answer(let answer): bytes += answer.approximateBytes
        case .failed(let failure): bytes += failure.message.utf8.count + (failure.traceback?.utf8.count ?? 0)
        case .skipped: break
        }
        return bytes
    }
}
