import Journeys
import Store
import Values

/// All moments of a lead, gone through again one after the other.
struct RecordedLife {
    let lead: LeadID
    let maps: KeptMaps
    let store: any StoreReader

    private static let pageSize = 200

    /// Hands over each call that a journal has, in order, with its moment. Calls that ran again for an incident are left out,
    /// and those before which the lead is not known, because an earlier version of the program kept it or it was removed.
    func calls(_ each: (StoredMoment, RecordedCall) -> Void) throws(StoreError) {
        var before: Lead?
        var next = 1
        while true {
            let moments = try store.moments(of: lead, from: next, limit: Self.pageSize)
            guard let last = moments.last else { return }
            for stored in moments {
                if stored.number != next || (before == nil && stored.number > 1) {
                    before = try store.keptLead(lead, after: stored.number - 1, on: maps)
                }
                next = stored.number + 1
                guard before != nil || stored.number == 1 else { continue }
                var recorded = RecordedMoment(stored, on: maps, in: store)
                before = try recorded.play(after: before) { call in
                    each(stored, call)
                    return true
                }
                if before == nil { before = try store.keptLead(lead, after: stored.number, on: maps) }
            }
            next = last.number + 1
        }
    }
}
