public import Values

/// A delivery that a call asked for: it leaves the building once its moment is committed (R53).
///
/// A mail is one for each recipient. All of them share one payload.
public struct Outgoing: Sendable, Hashable {
    public let id: DeliveryID
    public let kind: Kind
    /// Where it goes to: one recipient's address as it was given, or the endpoint's name.
    public let to: String
    /// The number of the first delivery of the same mail; its own where it is the only one.
    public let first: Int
    /// As the plugin gave it; of a mail `to`, `subject`, `text` ..., of a webhook `endpoint` and `payload`.
    public let payload: Table
    /// The author of the request for it, as an event's `by` names it.
    public let by: String
    /// Whether its death fires nothing (R57).
    public let isQuiet: Bool

    /// Its text is the effect's verb.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case email, webhook
    }

    package init(
        id: DeliveryID, kind: Kind, to: String, first: Int, payload: Table, by: String, isQuiet: Bool = false
    ) {
        self.id = id
        self.kind = kind
        self.to = to
        self.first = first
        self.payload = payload
        self.by = by
        self.isQuiet = isQuiet
    }
}

extension Outgoing.Kind {
    /// Where what has this payload goes to, a delivery for each: the addresses of a mail's `to`, `cc` and `bcc` in their
    /// order, each once by its bytes, or the endpoint of a webhook.
    package func destinations(of payload: Table) -> [String] {
        switch self {
        case .email:
            let people = ["to", "cc", "bcc"].compactMap { payload[$0] }
            // Most mail has one recipient.
            if people.count == 1, case .string(let address) = people[0] { return [address] }
            var seen: Set<ExactText> = []
            return people.flatMap { $0.list ?? [$0] }.compactMap(\.string)
                .filter { seen.insert(ExactText($0)).inserted }
        case .webhook:
            return [payload["endpoint"]?.string].compactMap { $0 }
        }
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

    /// Reads what ``description`` wrote, and nothing else: a lead's id may have slashes of its own.
    public init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count >= 3, let number = Self.count(parts[parts.count - 1]),
            let moment = Self.count(parts[parts.count - 2]),
            let lead = String(text.utf8[..<parts[parts.count - 3].endIndex]).flatMap({ LeadID($0) })
        else { return nil }
        self.init(lead, moment: moment, number: number)
    }

    /// `LEAD/MOMENT/NUMBER`.
    public var description: String { "\(lead)/\(moment)/\(number)" }

    /// A number from 1 as it is written: digits alone, the first of them not 0.
    private static func count(_ digits: Substring.UTF8View) -> Int? {
        guard let text = String(digits), let number = Int(text), sameBytes(text, String(number)), number > 0
        else { return nil }
        return number
    }
}
