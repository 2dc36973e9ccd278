import Journeys
import Store
import Values

/// What plugins keep for all leads, as calls see it while moments are on their way to the store.
protocol PluginValues: Sendable {
    /// The value as a call of the lead's moment sees it; `changes` are those of the moment's earlier
    /// instants.
    func value(
        _ key: String, of plugin: String, for lead: LeadID, after changes: MomentOutput
    ) throws(StoreError) -> Value?

    /// The changes of a moment of the lead, which is on its way to the store. When this throws, nothing was noted.
    func note(_ changes: [MomentRecord.ValueChange], of lead: LeadID) throws(StoreError)

    /// Commits the records, as `MomentStore.commit(_:numbering:)` does. `engineChanges` are the engine's own,
    /// which belong to no moment and go with the last.
    func commit(
        _ records: [MomentRecord], with engineChanges: [MomentRecord.ValueChange],
        numbering incidents: inout IncidentBlock
    ) throws(StoreError) -> AmendedMoments

    /// The records will never be committed.
    func drop(_ records: [MomentRecord])
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
