/// A delivery that came to an end without having arrived for certain, as the engine tells its lead of it (R57).
public struct Undelivered: Sendable, Hashable {
    public let delivery: DeliveryID
    public let kind: Outgoing.Kind
    /// See ``Outgoing/to``.
    public let to: String
    public let state: State
    /// What the receiver answered last, or what went wrong.
    public let reason: String
    /// Whether its death fires nothing: a call of a `delivery.failed` made it.
    public let isQuiet: Bool

    public enum State: String, Sendable, Hashable, CaseIterable {
        /// It failed, and is not tried again by itself.
        case dead
        /// Nobody knows whether it arrived, and it is not tried again by itself.
        case unknown

        /// The reason of the incident that it is.
        public var incidentReason: String {
            switch self {
            case .dead: "delivery_dead"
            case .unknown: "delivery_unknown"
            }
        }
    }

    /// The command that tells the lead.
    public var command: Command {
        Command(lead: delivery.lead, order: .undelivered(self), by: "engine")
    }

    public init(
        delivery: DeliveryID, kind: Outgoing.Kind, to: String, state: State, reason: String, isQuiet: Bool
    ) {
        self.delivery = delivery
        self.kind = kind
        self.to = to
        self.state = state
        self.reason = reason
        self.isQuiet = isQuiet
    }
}
