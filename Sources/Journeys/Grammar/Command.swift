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
///
/// A value in one word (``Values/Shared``): it goes through many hands.
public struct Command: Sendable {
    @usableFromInline var shared: Shared<Content>

    @inlinable public var lead: LeadID { shared.content.lead }
    @inlinable public var order: Order { shared.content.order }
    /// Its author, as the events will say.
    @inlinable public var by: String { shared.content.by }
    @inlinable public var id: CommandID? { shared.content.id }
    /// The trace that it belongs to, which its deliveries pass on. It is not of what the command asks (R40).
    public var trace: TraceParent? {
        @inlinable get { shared.content.trace }
        set { shared.content.trace = newValue }
    }

    /// The author of a command that does not name one.
    public static let defaultBy = "operator"

    public init(lead: LeadID, order: Order, by: String = Command.defaultBy, id: CommandID? = nil) {
        shared = Shared(Content(lead: lead, order: order, by: by, id: id))
    }

    /// Seen by the modules that use it, so that a look at one of its parts copies none of the others.
    @usableFromInline
    struct Content: Sendable, Hashable {
        @usableFromInline let lead: LeadID
        @usableFromInline let order: Order
        @usableFromInline let by: String
        @usableFromInline let id: CommandID?
        @usableFromInline var trace: TraceParent?
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

extension Command: Hashable {
    public static func == (left: Command, right: Command) -> Bool {
        left.shared.content == right.shared.content
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(shared.content) }
}
