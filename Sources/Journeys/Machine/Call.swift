public import Values

/// A call of a plugin's function that a moment needs.
public final class CallRequest: Sendable {
    /// A map's trigger, or what is in the place of one.
    let rule: Trigger
    /// The map of the event's journey, whose condition it is.
    public let definition: MapDefinition
    public let event: Event
    public let role: Role

    init(_ rule: Trigger, definition: MapDefinition, event: Event, role: Role = .action) {
        self.rule = rule
        self.definition = definition
        self.event = event
        self.role = role
    }

    package convenience init(
        trigger: String, run: FunctionName, parameters: GivenParameters, condition: Condition?,
        definition: MapDefinition, event: Event, role: Role
    ) {
        self.init(
            Trigger(name: trigger, run: run, parameters: parameters, condition: condition),
            definition: definition, event: event, role: role)
    }

    public enum Role: Sendable {
        case action
        /// A decider's, with the ids to choose from.
        case decider([StepID])
    }
}

extension CallRequest {
    /// `MAP/PLACE/VERB/N`, `MAP/TRACK/flex` or `PLUGIN/on/N`.
    public var trigger: String { rule.name }
    public var run: FunctionName { rule.run }
    public var parameters: GivenParameters { rule.parameters }
    public var condition: Condition? { rule.condition }

    /// The author of the call's effects, as events name it.
    var author: String { "plugin:\(run.plugin)" }
}

/// What every call of one instant sees (R26).
public final class Snapshot: Sendable {
    /// The lead as it was when the instant began.
    public let lead: Lead
    /// The journey of the instant's events, as the instant leaves it.
    public let journey: Journey?

    package init(lead: Lead, journey: Journey?) {
        self.lead = lead
        self.journey = journey
    }
}

/// What fires simultaneously, and the calls that it needs.
public final class Instant: Sendable {
    /// Its number in the moment, from 1. Nil when nothing fires: a call that failed runs again.
    public let number: Int?
    public let events: [Event]
    public let snapshot: Snapshot
    /// In the order in which their effects apply (R24, R27).
    public let calls: [CallRequest]
    /// How many deliveries the moment had before it.
    let sentBefore: Int

    init(number: Int?, events: [Event], snapshot: Snapshot, calls: [CallRequest], sentBefore: Int = 0) {
        self.sentBefore = sentBefore
        self.number = number
        self.events = events
        self.snapshot = snapshot
        self.calls = calls
    }
}

/// The result of a call.
public struct CallResult: Sendable {
    public let outcome: Outcome
    /// What it logged, also when it failed (R33).
    public let log: [LogRecord]
    /// What it read of its plugin's values for all leads, by key; null for what was not there. A replay
    /// is given the same.
    public let reads: Table

    public init(_ outcome: Outcome, log: [LogRecord] = [], reads: Table = Table()) {
        self.outcome = outcome
        self.log = log
        self.reads = reads
    }

    public enum Outcome: Sendable {
        /// An action returned; these are its effects in the order in which it asked for them.
        case effects([Effect])
        /// A decider returned this.
        case answer(Value)
        /// The trigger's condition did not hold (R25).
        case skipped
        case failed(CallFailure)

        var isFailure: Bool { if case .failed = self { true } else { false } }
    }
}

/// Why a call failed (R33).
public struct CallFailure: Error, Sendable, Hashable {
    public let reason: Reason
    public let message: String
    public let traceback: String?
    /// Whether the map's condition failed, and the plugin was not called.
    public let isOfCondition: Bool
    /// Whether the moment had passed a limit before, so that the call did not begin (R32).
    public let isLeftOut: Bool

    public init(
        _ reason: Reason, _ message: String, traceback: String? = nil, isOfCondition: Bool = false,
        isLeftOut: Bool = false
    ) {
        self.reason = reason
        self.message = message
        self.traceback = traceback
        self.isOfCondition = isOfCondition
        self.isLeftOut = isLeftOut
    }

    /// Whether the plugin was called, and how that went counts (R35).
    public var wasCalled: Bool { !isOfCondition && !isLeftOut && reason.isOfCall }

    /// The list is closed.
    public enum Reason: String, Sendable, Hashable, CaseIterable {
        /// A Lua error.
        case error
        /// Cut off: more instructions than the plugin may run.
        case budget
        /// Cut off: more memory than it may hold.
        case memory
        /// Cut off: more time than it may take.
        case deadline
        /// Cut off: the interpreter faulted.
        case crash
        /// More effects than a call may ask for.
        case effects
        /// A value that cannot leave the sandbox.
        case value
        /// It asked for what it may not have: a capability that was not granted, an effect in a decider.
        case refused
        /// A decider's answer that names not exactly one of `keep` and `remove`, or a step that the track
        /// does not have (R34).
        case answer
        /// The plugin, or the function in it, is not there.
        case unavailable
        /// Not called: the map's parameters do not fit what the plugin declares (R37).
        case params
        /// Not called: the plugin was cut off too often (R35).
        case quarantined
        /// Over a limit that the calls of a moment have together, or not called after one that was (R32).
        case momentLimit = "moment_limit"

        /// Whether a call that began can fail so.
        fileprivate var isOfCall: Bool {
            switch self {
            case .error, .budget, .memory, .deadline, .crash, .effects, .value, .refused, .answer,
                .momentLimit:
                true
            case .unavailable, .params, .quarantined: false
            }
        }

        /// Whether the call was cut off, which counts towards quarantine (R35).
        public var isCutOff: Bool {
            switch self {
            case .budget, .memory, .deadline, .crash: true
            case .error, .effects, .value, .refused, .answer, .unavailable, .params, .quarantined,
                .momentLimit:
                false
            }
        }
    }
}

/// One line that a plugin logged.
public struct LogRecord: Sendable, Hashable {
    public let level: Level
    public let message: String
    public let fields: Value

    public init(level: Level, message: String, fields: Value = .null) {
        self.level = level
        self.message = message
        self.fields = fields
    }

    public enum Level: String, Sendable, Hashable, CaseIterable {
        case debug, info, warn, error
    }
}
