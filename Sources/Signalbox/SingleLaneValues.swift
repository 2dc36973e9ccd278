import Journeys
import Store
import Synchronization
import Values

/// For one lane, whose moments are committed in the order in which they are computed: a call sees what every
/// moment before its own left, so nothing depends on which moments share a commit.
final class SingleLaneValues: PluginValues {
    private let store: any MomentStore
    /// The values that moments on their way to the store change.
    private let ahead = Mutex<[PluginValueKey: Ahead]>([:])

    private struct Ahead {
        /// After all of the changes.
        var value: Value?
        /// How many changes are not in the store yet.
        var count = 0
    }

    init(_ store: any MomentStore) { self.store = store }

    func value(
        _ key: String, of plugin: String, for lead: LeadID, after changes: MomentOutput
    ) throws(StoreError) -> Value? {
        changes.applied(to: try value(key, of: plugin), key, of: plugin)
    }

    private func value(_ key: String, of plugin: String) throws(StoreError) -> Value? {
        if let known = ahead.withLock({ $0[PluginValueKey(key, of: plugin)] }) { return known.value }
        // Without a change on its way, no commit that is under way changes what is stored.
        return try store.value(key, of: plugin)
    }

    func note(_ changes: [MomentRecord.ValueChange], of lead: LeadID) throws(StoreError) {
        if changes.isEmpty { return }
        // All is read before anything is noted.
        var values: [PluginValueKey: Value?] = [:]
        for change in changes {
            let name = PluginValueKey(change.key, of: change.plugin)
            var old: Value?
            if case .add = change.change {
                do throws(StoreError) {
                    old =
                        if let value = values[name] { value } else {
                            try value(change.key, of: change.plugin)
                        }
                } catch {
                    // What does not read back has no sum, which the commit will say.
                    guard error.code == .damaged else { throw error }
                    values[name] = .some(nil)
                    continue
                }
            }
            values[name] = .some(change.value(after: old))
        }
        ahead.withLock { ahead in
            for change in changes {
                ahead[PluginValueKey(change.key, of: change.plugin), default: Ahead()].count += 1
            }
            for (name, value) in values { ahead[name]?.value = value }
        }
    }

    func commit(
        _ records: [MomentRecord], with engineChanges: [MomentRecord.ValueChange],
        numbering incidents: inout IncidentBlock
    ) throws(StoreError) -> AmendedMoments {
        if records.isEmpty { return .none }
        let amended = try store.commit(records.with(engineChanges), numbering: &incidents)
        drop(records)
        return amended
    }

    func drop(_ records: [MomentRecord]) {
        guard records.indices.contains(where: { !records[$0].values.isEmpty }) else { return }
        ahead.withLock { ahead in
            for change in records.lazy.flatMap(\.values) {
                let name = PluginValueKey(change.key, of: change.plugin)
                guard let count = ahead[name]?.count else { continue }
                ahead[name]?.count = count - 1
                if count == 1 { ahead[name] = nil }
            }
        }
    }
}
