public import Values

/// One thing that a moment set down, in order: what the JSON lines show.
public enum JournalEntry: Sendable {
    case event(Event, instant: Int)
    case call(CallRecord)
    case conflict(Conflict)
    case incident(Incident)
}

/// A call as the journal keeps it.
public struct CallRecord: Sendable {
    /// The instant that its event belongs to; nil when that fired nothing, because its only track is held.
    public let instant: Int?
    /// The number of its event; for a decider that of its `track.open`, nil when the track is held.
    public let seq: Int?
    public let run: FunctionName
    public let trigger: String
    public let outcome: Outcome
    public let log: [LogRecord]
    /// See ``CallResult/reads``.
    public let reads: Table

    public enum Outcome: Sendable {
        case effects([Effect])
        case decided(DeciderAnswer)
        case skipped
        /// With the steps that the map keeps instead, when it was a decider with a fallback (R34).
        case failed(CallFailure, fallback: [StepID]?)
    }
}

/// Two calls of an instant that set one field to different values (R27).
public struct Conflict: Sendable {
    public let instant: Int
    public let field: String
    /// The action whose value stands: the last.
    public let won: FunctionName
    public let lost: [FunctionName]
}

/// What went wrong inside a moment that went on: a call that failed (R33), an effect's command that was
/// refused (R31).
public struct Incident: Sendable {
    /// One of ``CallFailure/Reason`` or ``Refusal/Reason``, as text.
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

/// A decider's answer, understood: exactly one of `keep` and `remove`, and only steps of the track (R34).
public struct DeciderAnswer: Sendable {
    public let choice: Choice
    public let reason: String?

    public enum Choice: Sendable {
        case keep([StepID])
        case remove([StepID])
    }

    init(_ value: Value, steps: [StepID]) throws(CallFailure) {
        guard let table = value.table else {
            throw CallFailure(
                .answer,
                "a decider answers with a table that has `keep` or `remove`, not with \(value.typeName)")
        }
        switch (table["keep"], table["remove"]) {
        case (let keep?, nil): choice = .keep(try Self.ids(keep, named: "keep", of: steps))
        case (nil, let remove?): choice = .remove(try Self.ids(remove, named: "remove", of: steps))
        case (nil, nil): throw CallFailure(.answer, "the answer has neither `keep` nor `remove`")
        case (_?, _?): throw CallFailure(.answer, "the answer has both `keep` and `remove`")
        }
        switch table["reason"] {
        case nil, .null: reason = nil
        case .string(let text): reason = text
        case let other?:
            throw CallFailure(.answer, "`reason` is a \(other.typeName); it must be a string")
        }
    }

    /// What stays.
    func kept(of steps: [StepID]) -> [StepID] {
        switch choice {
        case .keep(let kept): steps.filter(kept.contains)
        case .remove(let removed): steps.filter { !removed.contains($0) }
        }
    }

    private static func ids(_ value: Value, named name: String, of steps: [StepID]) throws(CallFailure)
        -> [StepID]
    {
        let items: [Value]
        switch value {
        case .list(let list): items = list
        // An empty table of Lua is a table unless it says otherwise.
        case .table(let table) where table.isEmpty: items = []
        case .null, .bool, .integer, .double, .string, .table:
            throw CallFailure(.answer, "`\(name)` is a \(value.typeName); it must be a list of steps")
        }
        var ids: [StepID] = []
        for item in items {
            guard let text = item.string else {
                throw CallFailure(.answer, "`\(name)` holds a \(item.typeName); it must hold ids of steps")
            }
            guard steps.contains(StepID(text)) else {
                let known = steps.map(\.text).joined(separator: ", ")
                throw CallFailure(
                    .answer,
                    "`\(name)` names \(text.quotedForMessage), which the track has not; its steps: \(known)")
            }
            ids.append(StepID(text))
        }
        return ids
    }
}
