public import Journeys
public import Values

/// What lasts: every lead's state, and everything that happened to it.
///
/// All calls block until they are done, may come from any thread, and see every commit that returned
/// before they began. One process at a time commits.
public protocol Store: Sendable {
    // MARK: What the engine asks before a moment

    /// The lead as it was after its last committed moment; nil when it was never committed. Throws
    /// ``StoreError/Code/leadDamaged`` when what is stored of it does not read back.
    func lead(_ id: LeadID) throws(StoreError) -> LeadRecord?

    /// The lead's command that was accepted with this id (R40); nil when none was.
    func accepted(_ id: CommandID, of lead: LeadID) throws(StoreError) -> AcceptedCommand?

    /// A plugin's lasting value for all leads; nil when it has none.
    func value(_ key: String, of plugin: String) throws(StoreError) -> Value?

    /// The source of a map in a version that some journey began with (R19).
    func map(_ version: MapVersion) throws(StoreError) -> StoredMap?

    /// One more than the highest number that an incident has, at least 1.
    func nextIncident() throws(StoreError) -> Int

    // MARK: Committing

    /// Makes the moments durable, all of them or none (R39).
    ///
    /// A lead's moments stand in their order. Throws ``StoreError/Code/conflict`` when a moment is not the
    /// one that follows its lead's last, when the lead has a command with its command's id, when an
    /// incident's number is taken, and when a journey is on a map version that is neither stored nor handed
    /// over. Whatever it throws, nothing of the moments is there.
    ///
    /// Nothing is stored that would not read back. Throws ``StoreError/Code/invalidValue`` for a value that is
    /// not finite or nested too deep, and ``StoreError/Code/invalidSums(_:)`` when changes of plugins' values
    /// have no sum: without all those that it names, the moments can be committed.
    func commit(_ moments: [MomentRecord]) throws(StoreError)

    /// Keeps a plugin's lasting value for all leads outside of any moment; nil takes it away. For what an
    /// operator does.
    func put(_ value: Value?, _ key: String, of plugin: String) throws(StoreError)

    // MARK: Reading

    /// Leads in the order of their ids' bytes, those after `after`, at most `limit`. A lead whose record does
    /// not read back is handed to `damaged` instead where its turn comes; the filter's text is not looked for
    /// in it.
    func leads(
        matching filter: LeadFilter, after: LeadID?, limit: Int, damaged: (DamagedLead) -> Void
    ) throws(StoreError) -> [LeadSummary]

    /// Leads with a track that is held because its decider failed (R34), in the order of their ids' bytes,
    /// those after `after`, at most `limit`.
    func heldLeads(after: LeadID?, limit: Int) throws(StoreError) -> [HeldLead]

    /// The versions of plugins, their settings or templates that moments used, in the order in which they were first used:
    /// those with one name, or all.
    func versions(of kind: KeptVersion.Kind, named name: String?) throws(StoreError) -> [KeptVersion]

    /// A version that a moment used, with its files.
    func source(
        of kind: KeptVersion.Kind, named name: String, hash: String
    ) throws(StoreError) -> KeptSource?

    func counts() throws(StoreError) -> StoreCounts

    /// A lead's moments in their order, from the number `from` on, at most `limit`. Empty for a lead that
    /// is not there. Takes a time that grows with what it answers, not with the moments that the lead has.
    func moments(of lead: LeadID, from: Int, limit: Int) throws(StoreError) -> [StoredMoment]

    /// Incidents, the latest first: those with a number below `before`, of one lead or of all, at most `limit`.
    func incidents(of lead: LeadID?, before: Int?, limit: Int) throws(StoreError) -> [IncidentRecord]

    func incident(_ number: Int) throws(StoreError) -> IncidentRecord?

    /// What plugins noted on the lead's record, in the order in which it was noted.
    func notes(of lead: LeadID) throws(StoreError) -> [NoteRecord]

    /// What plugins asked to be done for the lead, in the order in which they asked.
    func todos(of lead: LeadID) throws(StoreError) -> [TodoRecord]

    /// What is to be sent, in the order in which it was committed: rows after the row `after`, at most `limit`.
    func outbox(after: Int, limit: Int) throws(StoreError) -> [OutboxRecord]
}

extension Store {
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
