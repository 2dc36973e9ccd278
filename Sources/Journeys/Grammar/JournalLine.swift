public import Values

/// One line of what happened, read: what ``JournalLines`` writes, and what is told of commands that left no
/// moment.
public enum JournalLine: Sendable, Hashable {
    case event(EventLine)
    case call(CallLine)
    case conflict(ConflictLine)
    case incident(IncidentLine)
    case delivery(DeliveryLine)
    case todo(TodoLine)
    case refused(RefusedLine)
    case repeated(RepeatedLine)
    case released(ReleasedLine)
    /// Of a type that this version does not know, or not of the form that its type has.
    case unreadable(String)

    /// The instant that it belongs to; nil for what belongs to none.
    public var instant: Int? {
        switch self {
        case .event(let event): event.instant
        case .call(let call): call.instant
        case .conflict(let conflict): conflict.instant
        case .incident, .delivery, .todo, .refused, .repeated, .released, .unreadable: nil
        }
    }
}

/// An event that fired.
public struct EventLine: Sendable, Hashable {
    public let lead: LeadID
    public let moment: Int
    public let instant: Int
    public let seq: Int?
    public let name: EventName
    public let map: MapID
    public let place: Event.Place
    public let payload: Value?
    public let ending: Event.Ending?
    public let by: String
    public let at: Timestamp
}

/// A call of a plugin's function.
public struct CallLine: Sendable, Hashable {
    public let lead: LeadID
    public let moment: Int
    /// See ``CallRecord/instant``.
    public let instant: Int?
    /// See ``CallRecord/seq``.
    public let seq: Int?
    public let run: FunctionName
    public let trigger: String
    public let outcome: Outcome
    public let log: [LogRecord]
    /// See ``CallResult/reads``.
    public let reads: Table

    public enum Outcome: Sendable, Hashable {
        case effects([RecordedEffect])
        case decided(DeciderAnswer)
        case skipped(reason: String)
        /// With the steps that the map keeps instead, when it was a decider with a fallback (R34).
        case failed(reason: String, message: String, fallback: [StepID]?)
    }

    /// An effect as a journal keeps it for ever.
    public enum RecordedEffect: Sendable, Hashable {
        case known(Effect)
        /// Not of the form that effects have in this version.
        case unknown(Value)
    }
}

/// Two calls of an instant that set one field to different values (R27).
public struct ConflictLine: Sendable, Hashable {
    public let lead: LeadID
    public let moment: Int
    public let instant: Int
    public let field: String
    public let won: FunctionName
    public let lost: [FunctionName]
}

/// What went wrong inside a moment that went on.
public struct IncidentLine: Sendable, Hashable {
    public let lead: LeadID
    public let moment: Int
    /// Its number in the store.
    public let incident: Int?
    /// See ``Incident/reason``.
    public let reason: String
    public let message: String
    /// Of the event whose call it began with; nil for one that no call began, and where that event did not
    /// fire.
    public let seq: Int?
    public let run: FunctionName?
    public let trigger: String?
}

/// A delivery that an effect of the moment makes (R53).
public struct DeliveryLine: Sendable, Hashable {
    public let lead: LeadID
    public let moment: Int
    public let id: DeliveryID
    public let kind: Outgoing.Kind
    /// See ``Outgoing/to``.
    public let to: String
}

/// A to-do of which a command changed the state.
public struct TodoLine: Sendable, Hashable {
    public let lead: LeadID
    public let moment: Int
    /// Its number among the lead's to-dos, from 1.
    public let todo: Int
    public let state: State
    public let by: String
    public let at: Timestamp

    public enum State: String, Sendable, Hashable {
        case done
    }
}

/// A command that was refused.
public struct RefusedLine: Sendable, Hashable {
    /// Nil for a command without a lead.
    public let lead: LeadID?
    /// The command's place in its file; nil for one that came from none.
    public let line: Int?
    /// The command as it was given.
    public let command: Value
    /// One of ``Refusal/Reason``, as text.
    public let reason: String
    public let message: String

    public init(_ refusal: Refusal, of lead: LeadID?, given: Value, line: Int?) {
        self.init(
            lead: lead, line: line, command: given, reason: refusal.reason.rawValue, message: refusal.message)
    }

    package init(lead: LeadID?, line: Int?, command: Value, reason: String, message: String) {
        self.lead = lead
        self.line = line
        self.command = command
        self.reason = reason
        self.message = message
    }
}

/// A command whose id was accepted before (R40).
public struct RepeatedLine: Sendable, Hashable {
    public let lead: LeadID
    /// See ``RefusedLine/line``.
    public let line: Int?
    public let id: CommandID
    /// The moment that the command set off when it was accepted.
    public let moment: Int

    public init(lead: LeadID, line: Int?, id: CommandID, moment: Int) {
        self.lead = lead
        self.line = line
        self.id = id
        self.moment = moment
    }
}

/// A plugin that is called again, for it was quarantined (R35).
public struct ReleasedLine: Sendable, Hashable {
    public let plugin: String
    /// See ``RefusedLine/line``.
    public let line: Int?

    public init(plugin: String, line: Int?) {
        self.plugin = plugin
        self.line = line
    }
}
