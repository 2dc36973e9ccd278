public import Journeys

/// What people and programs are shown of a store: listings and histories.
public protocol StoreReader: StateReader {
    /// Leads in the order of their ids' bytes, those after `after`, at most `limit`. A lead whose record does
    /// not read back is handed to `damaged` instead where its turn comes; the filter's text is not looked for
    /// in it.
    func leads(
        matching filter: LeadFilter, after: LeadID?, limit: Int, damaged: (DamagedLead) -> Void
    ) throws(StoreError) -> [LeadSummary]

    /// What a plugin keeps for all leads, in the order of the keys' bytes: those behind `after`, at most `limit`.
    func values(
        of plugin: String, after key: String?, limit: Int
    ) throws(StoreError) -> [StoredValue]

    /// The versions of plugins, their settings or templates that moments used, in the order in which they were first used:
    /// those with one name, or all.
    func versions(of kind: StoredVersion.Kind, named name: String?) throws(StoreError) -> [StoredVersion]

    /// A version that a moment used, with its files.
    func source(
        of kind: StoredVersion.Kind, named name: String, hash: String
    ) throws(StoreError) -> StoredSource?

    func counts() throws(StoreError) -> StoreCounts

    /// How many leads are on each version of the map that any is on, and at which steps. Takes a time that does not
    /// grow with the leads.
    func stepCounts(of map: MapID) throws(StoreError) -> [StepCounts]

    /// How many leads' journeys on these maps are active; those with none are left out.
    func activeLeads(on maps: [MapID]) throws(StoreError) -> [MapID: Int]

    /// A lead's moments in their order, from the number `from` on, at most `limit`; none of which the texts were removed
    /// (R61). Empty for a lead that
    /// is not there. Takes a time that grows with what it answers, not with the moments that the lead has.
    func moments(of lead: LeadID, from: Int, limit: Int) throws(StoreError) -> [StoredMoment]

    /// Moments of all leads in the order of their commits, those behind `position`, at most `limit`.
    func committed(after position: Int, limit: Int) throws(StoreError) -> [CommittedMoment]

    /// The position of the moment that was committed last; 0 where there is none.
    func lastPosition() throws(StoreError) -> Int

    /// The lead as it was after its moment with this number; nil when it has none. Throws
    /// ``StoreError/Code/recordNotKept`` where that was removed, or an earlier version of the program wrote the moment.
    func lead(_ id: LeadID, after moment: Int) throws(StoreError) -> LeadRecord?

    /// Incidents, the latest first: those with a number below `before`, of one lead or of all, in one state or in any, at
    /// most `limit`.
    func incidents(
        of lead: LeadID?, in state: IncidentState.Name?, before: Int?, limit: Int
    ) throws(StoreError) -> [IncidentRecord]

    /// What plugins noted on the lead's record, in the order in which it was noted.
    func notes(of lead: LeadID) throws(StoreError) -> [StoredNote]
}

extension StoreReader {
    /// The same for callers that need every lead: throws ``StoreError/Code/leadDamaged`` for the first one that
    /// is damaged.
    public func leads(
        matching filter: LeadFilter, after: LeadID?, limit: Int
    ) throws(StoreError) -> [LeadSummary] {
        var first: DamagedLead?
        let leads = try leads(matching: filter, after: after, limit: limit) { first = first ?? $0 }
        if let first { throw .leadDamaged(first) }
        return leads
    }

    /// Incidents in any state.
    public func incidents(of lead: LeadID?, before: Int?, limit: Int) throws(StoreError) -> [IncidentRecord] {
        try incidents(of: lead, in: nil, before: before, limit: limit)
    }

    /// A lead's newest moments in their order: those with a number below `before`, or all, at most `limit`.
    public func moments(
        of lead: LeadID, before: Int?, limit: Int
    ) throws(StoreError) -> [StoredMoment] {
        guard limit > 0, before ?? 2 > 1, let newest = try self.lead(lead)?.lastMoment else { return [] }
        let last = min(newest, before.map { $0 - 1 } ?? newest)
        let first = limit < last ? last - limit + 1 : 1
        return try moments(of: lead, from: first, limit: last - first + 1)
    }
}
