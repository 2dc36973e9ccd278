package import Journeys
package import Values

/// What is left of a lead that was erased (R61): its numbers, which go on when a command makes it anew.
public struct ErasedLead: Sendable, Hashable {
    public var lastSeq: Int
    /// The moment that erased it.
    public var lastMoment: Int

    public init(lastSeq: Int, lastMoment: Int) {
        self.lastSeq = lastSeq
        self.lastMoment = lastMoment
    }

    package init(_ record: LeadRecord) {
        self.init(lastSeq: record.lastSeq, lastMoment: record.lastMoment)
    }

    package func lead(_ id: LeadID) -> Lead {
        Lead(erased: id, lastSeq: lastSeq, lastMoment: lastMoment)
    }
}

/// How much was removed for good.
public struct Removal: Sendable, Hashable {
    /// Moments whose texts and records are gone.
    public var moments = 0
    public var notes = 0
    public var todos = 0
    public var deliveries = 0
    public var incidents = 0
    /// Ids of commands that are not known any more.
    public var commandIDs = 0

    public init() {}

    public var isEmpty: Bool { self == Removal() }

    public static func += (total: inout Removal, part: Removal) {
        total.moments += part.moments
        total.notes += part.notes
        total.todos += part.todos
        total.deliveries += part.deliveries
        total.incidents += part.incidents
        total.commandIDs += part.commandIDs
    }

    /// For people: `12 moments, 1 note and 2 deliveries`.
    public var description: String {
        let parts = [
            Self.count(moments, "moment"), Self.count(notes, "note"), Self.count(todos, "to-do"),
            Self.count(deliveries, "delivery", "deliveries"), Self.count(incidents, "incident"),
            Self.count(commandIDs, "id of a command", "ids of commands"),
        ].compactMap(\.self)
        return parts.isEmpty ? "nothing" : parts.listed(with: "and")
    }

    private static func count(_ number: Int, _ one: String, _ many: String? = nil) -> String? {
        switch number {
        case 0: nil
        case 1: "1 \(one)"
        default: "\(number) \(many ?? one + "s")"
        }
    }
}

extension AuditEntry {
    /// What the store itself notes of a removal, in the transaction that removes it.
    package init(
        removed: Removal, by: String, action: String, lead: String? = nil, at time: Timestamp
    ) {
        self.init(
            at: time, token: by, address: Self.ofStore, request: Self.ofStore, action: action, lead: lead,
            result: "removed \(removed.description)")
    }

    /// In place of an address and a request.
    private static let ofStore = "-"

    /// How an erased lead is named, of which no more is known than the hash of its id.
    package static func erasedLead(hash: String) -> String { "erased lead \(hash)" }
}
