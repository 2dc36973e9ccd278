public import Journeys
public import Store
import Synchronization
public import Values

/// A store whose operations fail or stall, as those of a disk may.
public final class FailingStore: Store {
    let store: any Store
    private let operations: Operations
    private let fault: @Sendable (Operation, Int) throws(StoreError) -> Void
    private let delay: @Sendable (Operation) -> Void
    private let count = Mutex(0)

    /// Which operations are counted.
    public enum Operations: Sendable {
        case all, commits
    }

    /// What is about to be done.
    public enum Operation: Sendable, Hashable {
        case commit, put, map, nextIncident, listing
        /// What changes deliveries outside of any moment.
        case beginAttempts, settleAttempts, sendAgain
        /// What changes tokens, or is noted in the audit log.
        case access
        /// Of a plugin.
        case value(String)
        case lead(LeadID)
        case erased(LeadID)
        case accepted(CommandID)
    }

    /// What a failed operation throws.
    public static let failure = StoreError(
        .inputOutput, "the disk failed as the test asked", advice: "nothing is to be done")

    /// The `failing`-th operation, from 1, throws ``failure`` and does nothing; all others are the
    /// store's own. 0 never fails, which counts them.
    public convenience init(_ store: any Store, failing: Int, of operations: Operations = .all) {
        self.init(store, of: operations) { (_, number) throws(StoreError) in
            if number == failing { throw Self.failure }
        }
    }

    /// Runs `fault` before each operation, with its number from 1, on the thread that asks for it: it may
    /// throw, and then nothing is done, or take its time. `delay` runs between a reading and its answer.
    public init(
        _ store: any Store, of operations: Operations = .all,
        before fault: @escaping @Sendable (Operation, Int) throws(StoreError) -> Void,
        after delay: @escaping @Sendable (Operation) -> Void = { _ in }
    ) {
        self.delay = delay
        self.store = store
        self.operations = operations
        self.fault = fault
    }

    /// How many operations there were, those that failed included.
    public var operationCount: Int { count.withLock { $0 } }

    func step(_ operation: Operation) throws(StoreError) {
        let number = count.withLock { count in
            count += 1
            return count
        }
        try fault(operation, number)
    }

    func reading<Result>(
        _ operation: Operation, _ body: (any Store) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        switch operations {
        case .all: try step(operation)
        case .commits: break
        }
        let result = try body(store)
        delay(operation)
        return result
    }

    public func commit(_ moments: [MomentRecord]) throws(StoreError) {
        try step(.commit)
        try store.commit(moments)
    }

    public func put(_ value: Value?, _ key: String, of plugin: String) throws(StoreError) {
        try step(.put)
        try store.put(value, key, of: plugin)
    }

    public func dismiss(_ incidents: [Int]) throws(StoreError) -> Int {
        try step(.put)
        return try store.dismiss(incidents)
    }

    public func remove(
        _ kind: RetentionKind, before time: Timestamp, after place: Int?, limit: Int, at now: Timestamp
    ) throws(StoreError) -> RetentionStep {
        try step(.put)
        return try store.remove(kind, before: time, after: place, limit: limit, at: now)
    }

    /// Not counted.
    public func noteTrackLengths(_ read: (StoredMap) -> [Int]?) throws(StoreError) {
        try store.noteTrackLengths(read)
    }

    public func lead(_ id: LeadID) throws(StoreError) -> LeadRecord? {
        try reading(.lead(id)) { store throws(StoreError) in try store.lead(id) }
    }

    public func erased(_ id: LeadID) throws(StoreError) -> ErasedLead? {
        try reading(.erased(id)) { store throws(StoreError) in try store.erased(id) }
    }

    public func accepted(_ id: CommandID, of lead: LeadID) throws(StoreError) -> AcceptedCommand? {
        try reading(.accepted(id)) { store throws(StoreError) in try store.accepted(id, of: lead) }
    }

    public func value(_ key: String, of plugin: String) throws(StoreError) -> Value? {
        try reading(.value(plugin)) { store throws(StoreError) in try store.value(key, of: plugin) }
    }

    public func map(_ version: MapVersion) throws(StoreError) -> StoredMap? {
        try reading(.map) { store throws(StoreError) in try store.map(version) }
    }

    public var pieceLimitBytes: Int { store.pieceLimitBytes }

    public func nextIncident() throws(StoreError) -> Int {
        try reading(.nextIncident) { store throws(StoreError) in try store.nextIncident() }
    }

    public func leads(
        matching filter: LeadFilter, after: LeadID?, limit: Int, damaged: (DamagedLead) -> Void
    ) throws(StoreError) -> [LeadSummary] {
        try reading(.listing) { store throws(StoreError) in
            try store.leads(matching: filter, after: after, limit: limit, damaged: damaged)
        }
    }

    public func heldLeads(after: LeadID?, limit: Int) throws(StoreError) -> [HeldLead] {
        try reading(.listing) { store throws(StoreError) in try store.heldLeads(after: after, limit: limit) }
    }

    public func values(
        of plugin: String, after key: String?, limit: Int
    ) throws(StoreError) -> [StoredValue] {
        try reading(.listing) { store throws(StoreError) in
            try store.values(of: plugin, after: key, limit: limit)
        }
    }

    public func versions(
        of kind: StoredVersion.Kind, named name: String?
    ) throws(StoreError) -> [StoredVersion] {
        try reading(.listing) { store throws(StoreError) in try store.versions(of: kind, named: name) }
    }

    public func source(
        of kind: StoredVersion.Kind, named name: String, hash: String
    ) throws(StoreError) -> StoredSource? {
        try reading(.listing) { store throws(StoreError) in
            try store.source(of: kind, named: name, hash: hash)
        }
    }

    public func counts() throws(StoreError) -> StoreCounts {
        try reading(.listing) { store throws(StoreError) in try store.counts() }
    }

    public func stepCounts(of map: MapID) throws(StoreError) -> [StepCounts] {
        try reading(.listing) { store throws(StoreError) in try store.stepCounts(of: map) }
    }

    public func activeLeads(on maps: [MapID]) throws(StoreError) -> [MapID: Int] {
        try reading(.listing) { store throws(StoreError) in try store.activeLeads(on: maps) }
    }

    public func committed(after position: Int, limit: Int) throws(StoreError) -> [CommittedMoment] {
        try reading(.listing) { store throws(StoreError) in
            try store.committed(after: position, limit: limit)
        }
    }

    public func lastPosition() throws(StoreError) -> Int {
        try reading(.listing) { store throws(StoreError) in try store.lastPosition() }
    }

    public func moments(of lead: LeadID, from: Int, limit: Int) throws(StoreError) -> [StoredMoment] {
        try reading(.listing) { store throws(StoreError) in
            try store.moments(of: lead, from: from, limit: limit)
        }
    }

    public func lead(_ id: LeadID, after moment: Int) throws(StoreError) -> LeadRecord? {
        try reading(.listing) { store throws(StoreError) in try store.lead(id, after: moment) }
    }

    public func incidents(
        of lead: LeadID?, in state: IncidentState.Name?, before: Int?, limit: Int
    ) throws(StoreError) -> [IncidentRecord] {
        try reading(.listing) { store throws(StoreError) in
            try store.incidents(of: lead, in: state, before: before, limit: limit)
        }
    }

    public func incident(_ number: Int) throws(StoreError) -> IncidentRecord? {
        try reading(.listing) { store throws(StoreError) in try store.incident(number) }
    }

    public func notes(of lead: LeadID) throws(StoreError) -> [StoredNote] {
        try reading(.listing) { store throws(StoreError) in try store.notes(of: lead) }
    }

    public func todos(of lead: LeadID) throws(StoreError) -> [StoredTodo] {
        try reading(.listing) { store throws(StoreError) in try store.todos(of: lead) }
    }
}
