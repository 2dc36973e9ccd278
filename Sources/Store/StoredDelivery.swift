public import Journeys
public import Values

/// Where a delivery is on its way (R55).
public enum DeliveryState: String, Sendable, Hashable, CaseIterable {
    /// To be attempted. Then `sending`.
    case waiting
    /// An attempt has begun. Then `delivered`, `unknown`, `dead`, or `waiting` again.
    case sending
    /// It arrived. It stays so.
    case delivered
    /// Nobody knows whether it arrived, and it is not tried again by itself. `waiting` when it is sent again.
    case unknown
    /// It failed, and is not tried again by itself. `waiting` when it is sent again.
    case dead

    /// Whether those behind it, of the same lead and destination, may leave (R56).
    public var isSettled: Bool {
        switch self {
        case .waiting, .sending: false
        case .delivered, .unknown, .dead: true
        }
    }

    /// Whether an operator can let it be sent again (R57).
    public var canBeSentAgain: Bool {
        switch self {
        case .waiting, .sending, .delivered: false
        case .unknown, .dead: true
        }
    }
}

/// A delivery as it is kept (R53, R54): one mail to one recipient, or one call of a webhook.
public struct StoredDelivery: Sendable, Hashable {
    /// Its place in the outbox, by which a store finds it: rises in the order of commits, not always by one.
    public var row: Int
    /// The same whenever it is sent again, so that a receiver can drop the repeat.
    public var id: DeliveryID
    public var kind: Outgoing.Kind
    /// Where it goes to: a recipient's address as it was given, or an endpoint's name.
    public var to: String
    /// The first delivery of the same mail: its own id, unless the mail has other recipients before this one.
    public var first: DeliveryID
    /// When its moment was.
    public var at: Timestamp
    /// The author of the request for it, as an event's `by` names it.
    public var by: String
    /// As the plugin gave it, the same for every recipient of a mail.
    public var payload: Table
    /// The version of the template that the payload names, by its hash; nil where there was none.
    public var templateHash: String?
    /// The trace that its moment's command belongs to.
    public var trace: TraceParent?
    /// Whether its death fires nothing (R57).
    public var isQuiet: Bool
    public var state: DeliveryState
    /// How many attempts have begun, also before it was sent again.
    public var attempts: Int
    /// When its first attempt began; since it was last sent again, when it was.
    public var firstAttempt: Timestamp?
    /// Of one that waits: from when on it may be attempted.
    public var due: Timestamp?
    /// When its state last changed.
    public var changed: Timestamp
    /// Of its last attempt that did not deliver it: what happened.
    public var message: String?

    /// One that was just committed.
    package init(
        row: Int, id: DeliveryID, kind: Outgoing.Kind, to: String, first: DeliveryID, at: Timestamp,
        by: String, payload: Table, templateHash: String?, isQuiet: Bool, trace: TraceParent? = nil
    ) {
        self.trace = trace
        self.row = row
        self.id = id
        self.kind = kind
        self.to = to
        self.first = first
        self.at = at
        self.by = by
        self.payload = payload
        self.templateHash = templateHash
        self.isQuiet = isQuiet
        state = .waiting
        attempts = 0
        due = at
        changed = at
    }

    /// What it leaves through.
    public var channel: String { kind.channel(to: to) }
}

extension Outgoing.Kind {
    /// What deliveries of this kind to that destination leave through, of which each has a pace of its own: `email`, or
    /// `webhook:NAME`.
    package func channel(to destination: String) -> String {
        switch self {
        case .email: rawValue
        case .webhook: "\(rawValue):\(destination)"
        }
    }
}

/// One attempt to deliver (R54).
public struct DeliveryAttempt: Sendable, Hashable {
    /// Among its delivery's attempts, from 1.
    public var number: Int
    public var began: Timestamp
    /// Nil while it is under way, and where the process ended before it.
    public var ended: Timestamp?
    public var outcome: Outcome?
    /// What the receiver answered, or what went wrong.
    public var message: String?

    public enum Outcome: String, Sendable, Hashable, CaseIterable {
        case delivered
        /// It was refused, or never handed over.
        case failed
        /// It was sent, but no answer came, or the process ended meanwhile.
        case unknown
    }

    package init(
        number: Int, began: Timestamp, ended: Timestamp? = nil, outcome: Outcome? = nil,
        message: String? = nil
    ) {
        self.number = number
        self.began = began
        self.ended = ended
        self.outcome = outcome
        self.message = message
    }
}

/// The end of an attempt, and what follows from it.
public struct DeliverySettlement: Sendable, Hashable {
    /// Of a delivery that is being sent.
    public var row: Int
    public var outcome: DeliveryAttempt.Outcome
    public var message: String?
    public var next: Next

    /// The state that the delivery comes to.
    public enum Next: Sendable, Hashable {
        case delivered
        /// It waits for another attempt, until then.
        case again(due: Timestamp)
        case dead
        case unknown

        package var state: DeliveryState {
            switch self {
            case .delivered: .delivered
            case .again: .waiting
            case .dead: .dead
            case .unknown: .unknown
            }
        }

        package var due: Timestamp? {
            switch self {
            case .again(let due): due
            case .delivered, .dead, .unknown: nil
            }
        }
    }

    public init(row: Int, outcome: DeliveryAttempt.Outcome, message: String? = nil, next: Next) {
        self.row = row
        self.outcome = outcome
        self.message = message
        self.next = next
    }

    /// Throws ``StoreError/Code/invalidValue`` for a time that could not be read back. Stops the program when the end and
    /// what follows from it contradict each other, which only a mistake of ours can bring about.
    package func requireWhole() throws(StoreError) {
        precondition((outcome == .delivered) == (next == .delivered), "what was delivered is settled as that")
        precondition(next != .unknown || outcome == .unknown, "what failed is not settled as unknown")
        try next.due?.requireReadable("a delivery's next attempt")
    }
}

/// Which deliveries are wanted. What is nil does not matter.
public struct DeliveryFilter: Sendable, Hashable {
    public var lead: LeadID?
    public var kind: Outgoing.Kind?
    /// The recipient's address, or the endpoint's name, by its bytes.
    public var to: String?
    public var state: DeliveryState?
    /// Those whose moments were then or later.
    public var since: Timestamp?

    public init(
        lead: LeadID? = nil, kind: Outgoing.Kind? = nil, to: String? = nil, state: DeliveryState? = nil,
        since: Timestamp? = nil
    ) {
        self.lead = lead
        self.kind = kind
        self.to = to
        self.state = state
        self.since = since
    }

    public static let all = DeliveryFilter()

    package func matches(_ delivery: StoredDelivery) -> Bool {
        if let lead, delivery.id.lead != lead { return false }
        if let kind, delivery.kind != kind { return false }
        if let to, !sameBytes(delivery.to, to) { return false }
        if let state, delivery.state != state { return false }
        if let since, delivery.at < since { return false }
        return true
    }
}

/// How much of an outbox is where.
public struct OutboxFigures: Sendable, Hashable {
    /// Deliveries by state; a state that none has counts 0.
    public var counts: [DeliveryState: Int]
    /// When the moment of the first delivery in the outbox was that waits; nil when none does.
    public var oldestWaiting: Timestamp?

    package init(counts: [DeliveryState: Int], oldestWaiting: Timestamp?) {
        self.counts = Dictionary(
            uniqueKeysWithValues: DeliveryState.allCases.map { ($0, counts[$0] ?? 0) })
        self.oldestWaiting = oldestWaiting
    }
}
