public import Journeys
import Synchronization
public import Values

/// Shows what another store holds, and forgets what is committed when it goes: for trying commands out.
///
/// What the engine asks before a moment sees the commits; the listings show the other store alone.
public final class DryRunStore: Store {
    /// Nil where nothing was stored yet.
    private let base: (any Store)?
    private let committed = Mutex(Committed())
    /// Where there is no other store.
    private let ownID = StoreID.random()

    private struct Committed {
        var leads: [LeadID: LeadRecord] = [:]
        var accepted: [CommandKey: AcceptedCommand] = [:]
        var values: [PluginValueKey: Value?] = [:]
        var maps: [MapVersion: StoredMap] = [:]
        /// Of those that were settled by their numbers.
        var incidentStates: [Int: IncidentState] = [:]
        /// Of the leads whose to-dos are others than in the other store.
        var todos: [LeadID: [StoredTodo]] = [:]
    }

    public init(over base: (any Store)?) { self.base = base }

    public func lead(_ id: LeadID) throws(StoreError) -> LeadRecord? {
        if let lead = committed.withLock({ $0.leads[id] }) { return lead.isErased ? nil : lead }
        return try base?.lead(id)
    }

    public func erased(_ id: LeadID) throws(StoreError) -> ErasedLead? {
        if let lead = committed.withLock({ $0.leads[id] }) {
            return lead.isErased ? ErasedLead(lead) : nil
        }
        return try base?.erased(id)
    }

    public func accepted(_ id: CommandID, of lead: LeadID) throws(StoreError) -> AcceptedCommand? {
        if let accepted = committed.withLock({ $0.accepted[CommandKey(id, of: lead)] }) { return accepted }
        return try base?.accepted(id, of: lead)
    }

    public func value(_ key: String, of plugin: String) throws(StoreError) -> Value? {
        if let changed = committed.withLock({ $0.values[PluginValueKey(key, of: plugin)] }) { return changed }
        return try base?.value(key, of: plugin)
    }

    public func map(_ version: MapVersion) throws(StoreError) -> StoredMap? {
        if let map = committed.withLock({ $0.maps[version] }) { return map }
        return try base?.map(version)
    }

    public var pieceLimitBytes: Int { base?.pieceLimitBytes ?? .max }

    public func nextIncident() throws(StoreError) -> Int { try base?.nextIncident() ?? 1 }

    public func commit(_ moments: [MomentRecord]) throws(StoreError) {
        for moment in moments { try moment.requireWhole() }
        let changes = try ValueChanges(of: moments) { key, plugin throws(StoreError) in
            .value(try value(key, of: plugin))
        }
        try changes.requireSums()
        var todos: [LeadID: [StoredTodo]] = [:]
        for moment in moments where moment.changesTodos {
            let earlier = todos[moment.leadID]
            var changed = if let earlier { earlier } else { try self.todos(of: moment.leadID) }
            changed.apply(moment)
            todos[moment.leadID] = changed
        }
        committed.withLock { committed in
            committed.todos.merge(todos) { $1 }
            for moment in moments {
                committed.leads[moment.leadID] = moment.lead
                for map in moment.maps { committed.maps[map.version] = map }
                for case .incident(let number, let state) in moment.settlements {
                    committed.incidentStates[number] = state
                }
                if let id = moment.command.id {
                    committed.accepted[CommandKey(id, of: moment.leadID)] = AcceptedCommand(
                        moment: moment.number, canonicalRequest: moment.command.canonicalRequest)
                }
            }
            for result in changes.results {
                committed.values[result.key] = .some(result.value)
            }
        }
    }

    public func put(_ value: Value?, _ key: String, of plugin: String) throws(StoreError) {
        try value?.requireReadable()
        committed.withLock { $0.values[PluginValueKey(key, of: plugin)] = .some(value) }
    }

    public func dismiss(_ incidents: [Int]) throws(StoreError) -> Int {
        var count = 0
        for number in Set(incidents) where try incident(number)?.state == .open {
            committed.withLock { $0.incidentStates[number] = .dismissed }
            count += 1
        }
        return count
    }

    public func leads(
        matching filter: LeadFilter, after: LeadID?, limit: Int, damaged: (DamagedLead) -> Void
    ) throws(StoreError) -> [LeadSummary] {
        try base?.leads(matching: filter, after: after, limit: limit, damaged: damaged) ?? []
    }

    public func heldLeads(after: LeadID?, limit: Int) throws(StoreError) -> [HeldLead] {
        try base?.heldLeads(after: after, limit: limit) ?? []
    }

    public func values(
        of plugin: String, after key: String?, limit: Int
    ) throws(StoreError) -> [StoredValue] {
        try base?.values(of: plugin, after: key, limit: limit) ?? []
    }

    public func versions(
        of kind: StoredVersion.Kind, named name: String?
    ) throws(StoreError) -> [StoredVersion] {
        try base?.versions(of: kind, named: name) ?? []
    }

    public func source(
        of kind: StoredVersion.Kind, named name: String, hash: String
    ) throws(StoreError) -> StoredSource? {
        try base?.source(of: kind, named: name, hash: hash)
    }

    public func counts() throws(StoreError) -> StoreCounts {
        try base?.counts() ?? StoreCounts(leads: [:], moments: 0, incidents: 0, outbox: 0)
    }

    public func stepCounts(of map: MapID) throws(StoreError) -> [StepCounts] {
        try base?.stepCounts(of: map) ?? []
    }

    public func activeLeads(on maps: [MapID]) throws(StoreError) -> [MapID: Int] {
        try base?.activeLeads(on: maps) ?? [:]
    }

    public func moments(of lead: LeadID, from: Int, limit: Int) throws(StoreError) -> [StoredMoment] {
        try base?.moments(of: lead, from: from, limit: limit) ?? []
    }

    public func committed(after position: Int, limit: Int) throws(StoreError) -> [CommittedMoment] {
        try base?.committed(after: position, limit: limit) ?? []
    }

    public func lastPosition() throws(StoreError) -> Int { try base?.lastPosition() ?? 0 }

    public func lead(_ id: LeadID, after moment: Int) throws(StoreError) -> LeadRecord? {
        try base?.lead(id, after: moment)
    }

    public func incidents(
        of lead: LeadID?, in state: IncidentState.Name?, before: Int?, limit: Int
    ) throws(StoreError) -> [IncidentRecord] {
        try base?.incidents(of: lead, in: state, before: before, limit: limit) ?? []
    }

    public func incident(_ number: Int) throws(StoreError) -> IncidentRecord? {
        var incident = try base?.incident(number)
        if let state = committed.withLock({ $0.incidentStates[number] }) { incident?.state = state }
        return incident
    }

    public func notes(of lead: LeadID) throws(StoreError) -> [StoredNote] { try base?.notes(of: lead) ?? [] }

    public func todos(of lead: LeadID) throws(StoreError) -> [StoredTodo] {
        if let todos = committed.withLock({ $0.todos[lead] }) { return todos }
        return try base?.todos(of: lead) ?? []
    }

    // MARK: The outbox

    public func outbox(after: Int, limit: Int) throws(StoreError) -> [StoredDelivery] {
        try base?.outbox(after: after, limit: limit) ?? []
    }

    public func storeID() throws(StoreError) -> String { try base?.storeID() ?? ownID }

    public func waitingChannels() throws(StoreError) -> [String] { try base?.waitingChannels() ?? [] }

    public func due(
        through channel: String, by now: Timestamp, limit: Int
    ) throws(StoreError) -> [StoredDelivery] {
        try base?.due(through: channel, by: now, limit: limit) ?? []
    }

    public func nextDue(through channel: String) throws(StoreError) -> Timestamp? {
        try base?.nextDue(through: channel)
    }

    /// Throws ``StoreError/Code/readOnly``: what leaves the building cannot be forgotten.
    public func beginAttempts(_ rows: [Int], at time: Timestamp) throws(StoreError) {
        if !rows.isEmpty { throw Self.sendsNothing }
    }

    /// Throws ``StoreError/Code/readOnly``, as ``beginAttempts(_:at:)`` does.
    public func settle(_ settlements: [DeliverySettlement], at time: Timestamp) throws(StoreError) {
        if !settlements.isEmpty { throw Self.sendsNothing }
    }

    private static let sendsNothing = StoreError(
        .readOnly, "a dry run sends nothing", advice: "deliver from the store itself")

    public func interrupted(after row: Int, limit: Int) throws(StoreError) -> [StoredDelivery] {
        try base?.interrupted(after: row, limit: limit) ?? []
    }

    public func deliveries(
        matching filter: DeliveryFilter, before row: Int?, limit: Int
    ) throws(StoreError) -> [StoredDelivery] {
        try base?.deliveries(matching: filter, before: row, limit: limit) ?? []
    }

    public func delivery(_ id: DeliveryID) throws(StoreError) -> StoredDelivery? { try base?.delivery(id) }

    public func attempts(of id: DeliveryID) throws(StoreError) -> [DeliveryAttempt] {
        try base?.attempts(of: id) ?? []
    }

    public func countDeliveries(matching filter: DeliveryFilter) throws(StoreError) -> Int {
        try base?.countDeliveries(matching: filter) ?? 0
    }

    /// Answers how many would wait again; they are left as they are.
    public func sendAgain(_ ids: [DeliveryID], at time: Timestamp) throws(StoreError) -> Int {
        try time.requireReadable("a delivery's next attempt")
        var count = 0
        for id in Set(ids) {
            if let state = try delivery(id)?.state, [.dead, .unknown].contains(state) { count += 1 }
        }
        return count
    }

    public func outboxFigures() throws(StoreError) -> OutboxFigures {
        try base?.outboxFigures() ?? OutboxFigures(counts: [:], oldestWaiting: nil)
    }

    public func latestChange() throws(StoreError) -> Timestamp? { try base?.latestChange() }

    /// Throws ``StoreError/Code/readOnly``: what is removed is gone.
    public func remove(
        _ kind: RetentionKind, before time: Timestamp, after place: Int?, limit: Int, at now: Timestamp
    ) throws(StoreError) -> RetentionStep {
        throw StoreError(.readOnly, "a dry run removes nothing for its age", advice: "use the store itself")
    }

    // MARK: Bulks

    /// Throws ``StoreError/Code/readOnly``: who would go on with it.
    public func addBulk(_ bulk: NewBulk) throws(StoreError) -> Int { throw Self.doesNoBulk }

    /// Throws ``StoreError/Code/readOnly``, as ``addBulk(_:)`` does.
    public func settle(_ results: [BulkResult], ofBulk number: Int) throws(StoreError) {
        throw Self.doesNoBulk
    }

    private static let doesNoBulk = StoreError(
        .readOnly, "a dry run does no bulk", advice: "use the store itself")

    public func bulk(_ number: Int) throws(StoreError) -> StoredBulk? { try base?.bulk(number) }

    public func unfinishedBulks() throws(StoreError) -> [Int] { try base?.unfinishedBulks() ?? [] }

    public func nextItems(ofBulk number: Int, limit: Int) throws(StoreError) -> [BulkItem] {
        try base?.nextItems(ofBulk: number, limit: limit) ?? []
    }

    public func failures(
        ofBulk number: Int, after place: Int, limit: Int
    ) throws(StoreError) -> [BulkFailure] {
        try base?.failures(ofBulk: number, after: place, limit: limit) ?? []
    }

    // MARK: The API

    /// Throws ``StoreError/Code/readOnly``: who may do what is not for trying out.
    public func addToken(_ token: AccessToken) throws(StoreError) { throw Self.changesNoAccess }

    /// Throws ``StoreError/Code/readOnly``, as ``addToken(_:)`` does.
    public func revokeToken(_ name: String, at time: Timestamp) throws(StoreError) {
        throw Self.changesNoAccess
    }

    /// Throws ``StoreError/Code/readOnly``, as ``addToken(_:)`` does.
    public func appendAudit(_ entries: [AuditEntry]) throws(StoreError) { throw Self.changesNoAccess }

    private static let changesNoAccess = StoreError(
        .readOnly, "a dry run changes no tokens and no audit log", advice: "use the store itself")

    public func tokens() throws(StoreError) -> [AccessToken] { try base?.tokens() ?? [] }

    public func token(hash: String) throws(StoreError) -> AccessToken? { try base?.token(hash: hash) }

    public func audit(before row: Int?, limit: Int) throws(StoreError) -> [StoredAuditEntry] {
        try base?.audit(before: row, limit: limit) ?? []
    }
}
