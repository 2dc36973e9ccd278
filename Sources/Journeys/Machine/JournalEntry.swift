public import Values

/// One thing that a moment set down, in order: what the JSON lines show.
public enum JournalEntry: Sendable {
    case event(Event, instant: Int)
    case call(CallRecord)
    case conflict(Conflict)
    case incident(Incident)
    case delivery(Outgoing)
    /// A command marked the to-do with this number as done.
    case todoDone(Int, by: String, at: Timestamp)
}

/// A call as the journal keeps it.
public struct CallRecord: Sendable {
    /// The instant that its event belongs to; nil when that fired nothing, because its only track is held.
    public let instant: Int?
    /// The number of its event; for a decider that of its `track.open`, nil when the track is held.
    public let seq: Int?
    let rule: Trigger
    public let outcome: Outcome
    public let log: [LogRecord]
    /// See ``CallResult/reads``.
    public let reads: Table

    public var run: FunctionName { rule.run }
    public var trigger: String { rule.name }

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
    /// The action whose value remains: the last.
    public let won: FunctionName
    public let lost: [FunctionName]
}
