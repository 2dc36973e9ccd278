public import Journeys
public import Store
import Values

/// Everything that a store answers, to compare two stores or one before and after.
public struct StoreContents: Hashable, Sendable {
    public var counts: StoreCounts
    public var nextIncident: Int
    public var leads: [LeadSummary]
    public var records: [LeadRecord]
    /// Each lead as it was after each of its moments; nil where that was not kept.
    public var formerRecords: [[LeadRecord?]]
    public var moments: [[StoredMoment]]
    public var notes: [[StoredNote]]
    public var todos: [[StoredTodo]]
    public var incidents: [IncidentRecord]
    public var outbox: [StoredDelivery]
    /// Of each delivery.
    public var attempts: [[DeliveryAttempt]]
    public var outboxFigures: OutboxFigures
    /// The rows of those that may leave sooner or later before any other leaves, by their channels.
    public var next: [String: [Int]]
    /// Each with its files in the order of their names.
    public var sources: [StoredSource]
    public var held: [HeldLead]
    /// By the maps' versions, how many leads are at each step; -1 for on it at all.
    public var steps: [MapVersion: [Int: Int]]
    public var tokens: [AccessToken]
    public var audit: [StoredAuditEntry]

    public init(of store: any Store) throws {
        counts = try store.counts()
        nextIncident = try store.nextIncident()
        leads = try store.leads(matching: .all, after: nil, limit: .max)
        let ids = leads.map(\.id)
        records = try ids.compactMap { try store.lead($0) }
        formerRecords = try records.map { lead in
            try (1...max(1, lead.lastMoment)).map { try Self.lead(lead.id, after: $0, in: store) }
        }
        moments = try ids.map { try store.moments(of: $0, from: 1, limit: .max) }
        notes = try ids.map { try store.notes(of: $0) }
        todos = try ids.map { try store.todos(of: $0) }
        incidents = try store.incidents(of: nil, before: nil, limit: .max)
        outbox = try store.outbox(after: 0, limit: .max)
        attempts = try outbox.map { try store.attempts(of: $0.id) }
        outboxFigures = try store.outboxFigures()
        next = Dictionary(
            uniqueKeysWithValues: try store.waitingChannels().map { channel in
                let end = Timestamp(milliseconds: .max)
                return (channel, try store.due(through: channel, by: end, limit: .max).map(\.row))
            })
        sources = try StoredVersion.Kind.allCases.flatMap { try store.versions(of: $0, named: nil) }
            .compactMap { version in
                var source = try store.source(of: version.kind, named: version.name, hash: version.hash)
                source?.files.sort { compareBytes($0.name, $1.name) < 0 }
                return source
            }
        held = try store.heldLeads(after: nil, limit: .max)
        steps = [:]
        for map in Set(records.compactMap(\.journey?.map)) {
            for counts in try store.stepCounts(of: map) {
                steps[counts.version] = counts.steps.mapValues(\.leads).merging([-1: counts.leads]) { $1 }
            }
        }
        tokens = try store.tokens()
        audit = try store.audit(before: nil, limit: .max).map { entry in
            var entry = entry
            // Each store has hashes of its own.
            if entry.entry.lead?.hasPrefix("erased lead ") == true { entry.entry.lead = "erased lead" }
            return entry
        }
    }

    private static func lead(
        _ id: LeadID, after moment: Int, in store: any Store
    ) throws -> LeadRecord? {
        do throws(StoreError) {
            return try store.lead(id, after: moment)
        } catch {
            if error.code == .recordNotKept { return nil }
            throw error
        }
    }

    /// Throws unless the parts fit each other: each lead's moments are there from the first to the last
    /// without gaps, and what a moment left is a moment's that is there.
    ///
    /// - Parameter removed: whether moments may have been removed, from the first on.
    public func requireWhole(afterRemovals removed: Bool = false) throws {
        try requireEqual(records.count, leads.count)
        try requireEqual(counts.leads.values.reduce(0, +), leads.count)
        try requireEqual(counts.moments, records.reduce(0) { $0 + $1.lastMoment })
        for (lead, moments) in zip(records, moments) {
            let all = Array(1...max(1, lead.lastMoment))
            try requireEqual(moments.map(\.number), removed ? Array(all.suffix(moments.count)) : all)
        }
        for (lead, former) in zip(records, formerRecords) {
            try requireEqual(former.last ?? nil, lead)
            for (index, record) in former.enumerated() {
                if let record { try requireEqual(record.lastMoment, index + 1) }
            }
        }
        var momentCounts: [LeadID: Int] = [:]
        for lead in records { momentCounts[lead.id] = lead.lastMoment }
        let owners = incidents.map { ($0.lead, $0.moment) } + outbox.map { ($0.id.lead, $0.id.moment) }
        for (lead, moment) in owners {
            try require((1...(momentCounts[lead] ?? 0)).contains(moment), "no moment \(moment) of \(lead)")
        }
        try requireWholeOutbox()
        var steps: [MapVersion: [Int: Int]] = [:]
        for journey in records.compactMap(\.journey) where journey.phase == .active {
            for step in [-1] + journey.steps.indices.filter({ journey.steps[$0] == .open }) {
                steps[journey.version, default: [:]][step, default: 0] += 1
            }
        }
        try requireEqual(self.steps, steps)
    }

    /// Throws unless of each lead and destination one delivery is the next (R56), and the figures and the attempts are
    /// those of the deliveries.
    private func requireWholeOutbox() throws {
        try requireEqual(counts.outbox, outbox.count)
        try requireEqual(Set(outbox.map(\.id)).count, outbox.count)
        let states = Dictionary(grouping: outbox, by: \.state)
        for state in DeliveryState.allCases {
            try requireEqual(outboxFigures.counts[state], states[state]?.count ?? 0)
        }
        try requireEqual(outboxFigures.oldestWaiting, states[.waiting]?.first?.at)
        var next: [String: [StoredDelivery]] = [:]
        for channel in Set(states[.waiting, default: []].map(\.channel)) { next[channel] = [] }
        for queue in Dictionary(grouping: outbox, by: DestinationKey.init).values {
            let isUnderWay = queue.contains { $0.state == .sending }
            try require(queue.count { $0.state == .sending } <= 1, "two of \(queue[0].to) are under way")
            if !isUnderWay, let first = queue.first(where: { $0.state == .waiting }) {
                next[first.channel, default: []].append(first)
            }
        }
        let ordered = next.mapValues { deliveries in
            deliveries.sorted { ($0.due ?? $0.at, $0.row) < ($1.due ?? $1.at, $1.row) }.map(\.row)
        }
        try requireEqual(self.next, ordered)
        for (delivery, attempts) in zip(outbox, attempts) {
            try requireEqual(attempts.map(\.number), Array(1...delivery.attempts + 1).dropLast())
            try requireEqual(attempts.last?.ended == nil, delivery.state == .sending || attempts.isEmpty)
        }
    }
}
