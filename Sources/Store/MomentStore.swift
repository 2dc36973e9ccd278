public import Journeys
public import Values

/// What the engine needs of a store: what it asks before a moment, and the commit.
///
/// All calls block until they are done, may come from any thread, and see every commit that returned
/// before they began. One process at a time commits.
public protocol MomentStore: StateReader {
    /// The most bytes that the store can keep in one piece: of a moment's journal with its command, of a lead's
    /// record, of what an incident keeps. ``commit(_:)`` refuses what is larger
    /// (``StoreError/Conflict/Cause/tooLarge``).
    var pieceLimitBytes: Int { get }

    /// One more than the highest number that an incident has, at least 1.
    func nextIncident() throws(StoreError) -> Int

    /// Leads with a track that is held because its decider failed (R34), in the order of their ids' bytes,
    /// those after `after`, at most `limit`.
    func heldLeads(after: LeadID?, limit: Int) throws(StoreError) -> [HeldLead]

    /// Makes the moments durable, all of them or none (R39).
    ///
    /// A lead's moments are in their order. Throws ``StoreError/Code/conflict(_:)`` when one cannot follow what is
    /// stored (``StoreError/Conflict``), and names one that cannot. Whatever it throws, nothing of the moments is
    /// there.
    ///
    /// Nothing is stored that would not read back. Throws ``StoreError/Code/invalidValue`` for a value that is
    /// not finite or nested too deep, and ``StoreError/Code/invalidSums(_:)`` when changes of plugins' values
    /// have no sum: without all those that it names, the moments can be committed.
    func commit(_ moments: [MomentRecord]) throws(StoreError)

    /// Keeps a plugin's lasting value for all leads outside of any moment; nil takes it away. For what an
    /// operator does.
    func put(_ value: Value?, _ key: String, of plugin: String) throws(StoreError)

    /// Notes how many steps the tracks of maps have that are kept without it, because an earlier version of the program
    /// kept them. `read` answers it, or nil where it cannot be told. To be called before anything is committed.
    func noteTrackLengths(_ read: (StoredMap) -> [Int]?) throws(StoreError)

    /// Sets incidents aside outside of any moment (R36): those that are open become dismissed. For what an operator
    /// does. Answers how many there were.
    func dismiss(_ incidents: [Int]) throws(StoreError) -> Int

    /// Brings everything to its last place, before a process ends that may not wait until nobody holds the store any
    /// more. Nothing is written after it. A store that is let go does it by itself.
    func settle()
}

extension MomentStore {
    public func settle() {}

    /// Nothing, for a store that has no earlier version.
    public func noteTrackLengths(_ read: (StoredMap) -> [Int]?) throws(StoreError) {}

    /// As much as memory holds.
    public var pieceLimitBytes: Int { .max }
}
