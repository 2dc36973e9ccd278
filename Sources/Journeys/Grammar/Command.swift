public import Values

/// What a person, a program or an effect asks of one lead.
public enum Order: Sendable, Hashable {
    case assign(MapID, LeadChanges)
    case complete(String)
    case advance
    case remove(String)
    case status(LeadStatus)
    case set(LeadChanges)
    case retry
    /// Runs the call of the incident with this number again (R36): on what it saw then, or on the lead as it is `now`; only
    /// of one that is open, unless `again`.
    case rerun(Int, now: Bool, again: Bool)
    /// Removes what is known of the lead, for good (R61).
    case erase
    /// Marks the to-do with this number as done: the lead's to-dos are counted from 1, in the order in which they were added.
    case todoDone(Int)
    /// Tells the lead of a delivery that did not arrive for certain (R57). Only the engine gives it.
    indirect case undelivered(Undelivered)
}

extension Order {
    public var verb: GrammarVerb {
        switch self {
        case .assign: .assign
        case .complete: .complete
        case .advance: .advance
        case .remove: .remove
        case .status: .status
        case .set: .set
        case .retry: .retry
        case .rerun: .rerun
        case .erase: .erase
        case .todoDone: .todoDone
        case .undelivered: .undelivered
        }
    }

    /// What it changes on the lead's record itself.
    public var changes: LeadChanges? {
        switch self {
        case .assign(_, let changes), .set(let changes): changes
        case .complete, .advance, .remove, .status, .retry, .rerun, .erase, .todoDone, .undelivered: nil
        }
    }

    /// The order in a few words, for people: `assign new-buyer`, `complete qualify/call`.
    public var summary: String {
        switch self {
        case .assign(let map, _): "\(verb.rawValue) \(map)"
        case .complete(let step), .remove(let step): "\(verb.rawValue) \(step)"
        case .status(let status): "\(verb.rawValue) \(status.rawValue)"
        case .rerun(let incident, let now, again: _):
            "\(verb.rawValue) incident \(incident)\(now ? ", on the lead as it is now" : "")"
        case .todoDone(let number): "\(verb.rawValue) \(number)"
        case .undelivered(let undelivered):
            "\(verb.rawValue) \(undelivered.kind.rawValue) to \(undelivered.to)"
        case .advance, .set, .retry, .erase: verb.rawValue
        }
    }
}

/// An order to a lead, with its author and, from outside, an id that makes it happen once (R40).
public struct Command: Sendable, Hashable {
    public let lead: LeadID
    public let order: Order
    /// Its author, as the events will say.
    public let by: String
    public let id: CommandID?
    /// The trace that it belongs to, which its deliveries pass on. It is not of what the command asks (R40).
    public var trace: TraceParent?

    /// The author of a command that does not name one.
    public static let defaultBy = "operator"

    public init(lead: LeadID, order: Order, by: String = Command.defaultBy, id: CommandID? = nil) {
        trace = nil
        self.lead = lead
        self.order = order
        self.by = by
        self.id = id
    }

    /// Of `by` and of `id`.
    public static let nameLimitBytes = 512

    /// Whether a command from outside may have this author: events by ``ownAuthors`` and by `plugin:NAME` are the
    /// engine's own and plugins' (R29).
    public static func isAuthor(_ text: String) -> Bool {
        isName(text) && !ownAuthors.contains { sameBytes($0, text) }
            && !text.utf8.starts(with: "plugin:".utf8)
    }

    /// What ``isAuthor(_:)`` demands, for people.
    public static let authorRule = "\(nameRule), and not `engine`, `mirror` or `plugin:...`"

    /// The authors of the engine's own moves.
    private static let ownAuthors = ["engine", "mirror"]
}
