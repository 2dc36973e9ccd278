import Journeys
import Store
import Synchronization
import Values

/// What plugins keep for all leads, as calls see it while moments are on their way to the store.
protocol PluginValues: Sendable {
    /// The value as a call of the lead's moment sees it; `changes` are those of the moment's earlier
    /// instants.
    func value(
        _ key: String, of plugin: String, for lead: LeadID, after changes: [MomentOutput.Stored]
    ) throws(StoreError) -> Value?

    /// The moment is on its way to the store. When this throws, nothing was noted.
    func note(_ record: MomentRecord) throws(StoreError)

    /// Commits the records, as ``Store/commit(_:numbering:)`` does. `engineChanges` are the engine's own,
    /// which belong to no moment and go with the last.
    func commit(
        _ records: [MomentRecord], with engineChanges: [MomentRecord.ValueChange],
        numbering incidents: IncidentNumbers
    ) throws(StoreError) -> AmendedMoments

    /// The records will never be committed.
    func drop(_ records: [MomentRecord])
}

/// For several lanes: values as committed by anyone, and as a lead's own moments leave them.
final class SharedValues: PluginValues {
    private let store: any Store
    /// The changes of moments that are computed and not committed, by lead, in order.
    private let pending = Mutex<[LeadID: [MomentRecord.ValueChange]]>([:])

    init(_ store: any Store) { self.store = store }

    func value(
        _ key: String, of plugin: String, for lead: LeadID, after changes: [MomentOutput.Stored]
    ) throws(StoreError) -> Value? {
        // The store is read with the lock held: a commit must not come between the value and the changes
        // that are still to be added to it.
        let value = try pending.withLock { pending throws(StoreError) -> Value? in
            var value = try store.value(key, of: plugin)
            for change in pending[lead] ?? [] where change.plugin == plugin && sameBytes(change.key, key) {
                value = change.value(after: value)
            }
            return value
        }
        return changes.applied(to: value, key, of: plugin)
    }

    func note(_ record: MomentRecord) {
        if record.values.isEmpty { return }
        pending.withLock { $0[record.lead.id, default: []] += record.values }
    }

    /// Readers see each change either as pending or as stored.
    func commit(
        _ records: [MomentRecord], with engineChanges: [MomentRecord.ValueChange],
        numbering incidents: IncidentNumbers
    ) throws(StoreError) -> AmendedMoments {
        if records.isEmpty { return .none }
        let stored = records.with(engineChanges)
        guard records.indices.contains(where: { !records[$0].values.isEmpty }) else {
            return try store.commit(stored, numbering: incidents)
        }
        return try pending.withLock { pending throws(StoreError) in
            let amended = try store.commit(stored, numbering: incidents)
            Self.drop(records, from: &pending)
            return amended
        }
    }

    func drop(_ records: [MomentRecord]) {
        pending.withLock { Self.drop(records, from: &$0) }
    }

    private static func drop(
        _ records: [MomentRecord], from pending: inout [LeadID: [MomentRecord.ValueChange]]
    ) {
        for record in records where !record.values.isEmpty {
            let rest = pending[record.lead.id]?.dropFirst(record.values.count) ?? []
            pending[record.lead.id] = rest.isEmpty ? nil : Array(rest)
        }
    }
}

extension [MomentRecord] {
    /// The records with changes that belong to none of them in the last.
    func with(_ changes: [MomentRecord.ValueChange]) -> [MomentRecord] {
        guard !isEmpty, !changes.isEmpty else { return self }
        var records = self
        records[records.count - 1].values += changes
        return records
    }
}

extension [MomentOutput.Stored] {
    /// The value of a plugin's key after those of the changes that are its own.
    func applied(to value: Value?, _ key: String, of plugin: String) -> Value? {
        var value = value
        for stored in self where stored.plugin == plugin && sameBytes(stored.change.key, key) {
            value = stored.change.value(after: value)
        }
        return value
    }
}
