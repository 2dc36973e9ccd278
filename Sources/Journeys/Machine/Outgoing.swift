public import Values

/// What a call asked to leave the building: a delivery, once its moment is committed (R39).
public struct Outgoing: Sendable, Hashable {
    public let id: DeliveryID
    public let kind: Kind
    /// As the plugin gave it; of a mail `to`, `subject`, `text` ..., of a webhook `endpoint` and `payload`.
    public let payload: Table
    /// Who asked for it, as an event's `by` says it.
    public let by: String

    /// Its text is the effect's verb.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case email, webhook
    }

    package init(id: DeliveryID, kind: Kind, payload: Table, by: String) {
        self.id = id
        self.kind = kind
        self.payload = payload
        self.by = by
    }
}

/// A delivery's id, the same for life (R54).
public struct DeliveryID: Sendable, Hashable, CustomStringConvertible {
    public let lead: LeadID
    /// The number of the moment that asked for it.
    public let moment: Int
    /// Its number among its moment's deliveries, from 1.
    public let number: Int

    public init(_ lead: LeadID, moment: Int, number: Int) {
        self.lead = lead
        self.moment = moment
        self.number = number
    }

    /// `LEAD/MOMENT/NUMBER`.
    public var description: String { "\(lead)/\(moment)/\(number)" }
}
