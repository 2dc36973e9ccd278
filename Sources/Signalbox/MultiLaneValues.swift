import Journeys
import Store
import Synchronization
import Values

/// For several lanes: values as committed by anyone, and as a lead's own moments leave them.
final class MultiLaneValues: PluginValues {
    private let store: any MomentStore
    /// The changes of moments that are computed and not committed, by lead and key, in order.
    private let pending = Mutex<[LeadID: Changes]>([:])

    private typealias Changes = [PluginValueKey: ArraySlice<MomentRecord.ValueChange>]

    init(_ store: any MomentStore) { self.store = store }

    func value(
        _ key: String, of plugin: String, for lead: LeadID, after changes: MomentOutput
    ) throws(StoreError) -> Value? {
        // The store is read with the lock held: a commit must not come between the value and the changes
        // that are still to be added to it.
        let value = try pending.withLock { pending throws(StoreError) -> Value? in
            var value = try store.value(key, of: plugin)
            for change in pending[lead]?[PluginValueKey(key, of: plugin)] ?? [] {
                value = change.value(after: value)
            }
            return value
        }
        return changes.applied(to: value, key, of: plugin)
    }

    func note(_ changes: [MomentRecord.ValueChange], of lead: LeadID) {
        if changes.isEmpty { return }
        pending.withLock { pending in
            for change in changes {
                let key = PluginValueKey(change.key, of: change.plugin)
                pending[lead, default: [:]][key, default: []].append(change)
            }
        }
    }

    /// Readers see each change either as pending or as stored.
    func commit(
        _ records: [MomentRecord], with engineChanges: [MomentRecord.ValueChange],
        numbering incidents: inout IncidentBlock
    ) throws(StoreError) -> AmendedMoments {
        if records.isEmpty { return .none }
        let stored = records.with(engineChanges)
        guard records.indices.contains(where: { !records[$0].values.isEmpty }) else {
            return try store.commit(stored, numbering: &incidents)
        }
        return try pending.withLock { pending throws(StoreError) in
            let amended = try store.commit(stored, numbering: &incidents)
            Self.drop(records, from: &pending)
            return amended
        }
    }

    func drop(_ records: [MomentRecord]) {
        pending.withLock { Self.drop(records, from: &$0) }
    }

    private static func drop(
        _ records: [MomentRecord], from pending: inout [LeadID: Changes]
    ) {
        for record in records where !record.values.isEmpty {
            for change in record.values {
                let key = PluginValueKey(change.key, of: change.plugin)
                _ = pending[record.leadID]?[key]?.popFirst()
                if pending[record.leadID]?[key]?.isEmpty == true { pending[record.leadID]?[key] = nil }
            }
            if pending[record.leadID]?.isEmpty == true { pending[record.leadID] = nil }
        }
    }
}
