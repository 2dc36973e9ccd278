package import Journeys
package import Store
package import Values

/// A store with mails that wait, one moment for each lead, and what happens to them.
package struct SampleOutbox {
    package let store: any Store
    /// The moments that are to follow.
    package private(set) var samples = SampleMoments()

    /// Commits a moment for each lead in the order in which they are given, with a mail to each of its addresses.
    package init(_ store: any Store, _ mails: KeyValuePairs<String, [String]>) throws {
        self.store = store
        for (lead, addresses) in mails {
            try store.commit([
                samples.next(lead) { moment in
                    for address in addresses { moment.send(["to": .string(address)], by: "plugin:email") }
                }
            ])
        }
    }

    /// So many milliseconds after all of the leads' moments.
    package func time(_ milliseconds: Int64) -> Timestamp {
        Timestamp(milliseconds: 1_700_000_001_000 + milliseconds)
    }

    package func id(_ lead: String, _ number: Int = 1) -> DeliveryID {
        DeliveryID(LeadID(lead)!, moment: 1, number: number)
    }

    package func delivery(_ lead: String, _ number: Int = 1) throws -> StoredDelivery {
        guard let found = try store.delivery(id(lead, number)) else {
            throw BrokenExpectation("there is no delivery \(id(lead, number))")
        }
        return found
    }

    /// The rows of the mails that may be attempted then.
    package func due(by milliseconds: Int64 = 0, limit: Int = 99) throws -> [Int] {
        try store.due(through: "email", by: time(milliseconds), limit: limit).map(\.row)
    }

    package func settle(
        _ row: Int, _ outcome: DeliveryAttempt.Outcome, _ message: String?, _ next: DeliverySettlement.Next,
        at milliseconds: Int64
    ) throws {
        try store.settle(
            [DeliverySettlement(row: row, outcome: outcome, message: message, next: next)],
            at: time(milliseconds))
    }

    /// An attempt from its beginning to its end.
    package func end(
        _ row: Int, _ outcome: DeliveryAttempt.Outcome, _ next: DeliverySettlement.Next,
        at milliseconds: Int64
    ) throws {
        try store.beginAttempts([row], at: time(milliseconds))
        try settle(row, outcome, nil, next, at: milliseconds)
    }
}

extension MomentRecord {
    /// Adds a delivery of the mail to each of its recipients (R53).
    package mutating func sendToAll(_ payload: Table, by: String, templateHash: String? = nil) {
        let first = outgoing.count + 1
        for recipient in Journeys.Outgoing.Kind.email.destinations(of: payload) {
            send(payload, to: recipient, first: first, by: by, templateHash: templateHash)
        }
    }
}
