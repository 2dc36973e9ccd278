/// What went wrong inside a moment that went on: a call that failed (R33), an effect's command that was
/// refused (R31); or a delivery that did not arrive, of which the moment tells (R57).
public struct Incident: Sendable {
    /// One of ``CallFailure/Reason`` or ``Refusal/Reason``, or an ``Undelivered/State/incidentReason``, as text.
    public let reason: String
    public let message: String
    public let traceback: String?
    /// The call that failed, or the one that asked for what was refused. Nil for one that no call began.
    public let source: Source?
    /// The call that failed with what it saw, to be run again (R36). Nil when no call failed, and for a
    /// decider: its track is asked again by `retry`.
    public let failed: FailedCall?

    public struct Source: Sendable {
        public let trigger: String
        public let run: FunctionName
        public let event: Event
    }
}

/// A call that failed, with everything that running it again needs.
public struct FailedCall: Sendable {
    public let request: CallRequest
    public let snapshot: Snapshot

    public init(request: CallRequest, snapshot: Snapshot) {
        self.request = request
        self.snapshot = snapshot
    }
}

extension Incident {
    /// `snapshot` is what the call saw, where it can be run again.
    init(failure: CallFailure, consequence: String?, source request: CallRequest, seeing snapshot: Snapshot?)
    {
        self.init(
            reason: failure.reason.rawValue,
            message: failure.message + (consequence.map { "; \($0)" } ?? ""),
            traceback: failure.traceback, source: Source(request),
            failed: snapshot.map { FailedCall(request: request, snapshot: $0) })
    }

    /// With the event that has its number now: a decider is asked before its event fires. Nil when it did not
    /// fire.
    func naming(_ event: Event?) -> Incident {
        guard let event, let source else { return self }
        return Incident(
            reason: reason, message: message, traceback: traceback,
            source: Source(trigger: source.trigger, run: source.run, event: event), failed: failed)
    }

    package init(refusal: Refusal, source request: CallRequest?) {
        self.init(
            reason: refusal.reason.rawValue, message: refusal.message, traceback: nil,
            source: request.map(Source.init), failed: nil)
    }
}

extension Incident {
    init(_ undelivered: Undelivered) {
        let end =
            switch undelivered.state {
            case .dead: "did not arrive"
            case .unknown: "may not have arrived"
            }
        self.init(
            reason: undelivered.state.incidentReason,
            message:
                "delivery \(undelivered.delivery), \(undelivered.kind.rawValue) to \(undelivered.to), \(end): \(undelivered.reason)",
            traceback: nil, source: nil, failed: nil)
    }
}

extension Incident.Source {
    init(_ request: CallRequest) {
        self.init(trigger: request.trigger, run: request.run, event: request.event)
    }
}
