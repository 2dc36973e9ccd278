public import Journeys
public import Values

/// What is stored now, each thing found by its name.
public protocol StateReader: Sendable {
    /// The lead as it was after its last committed moment; nil when it was never committed, and when that moment erased it
    /// (R61). Throws
    /// ``StoreError/Code/leadDamaged`` when what is stored of it does not read back.
    func lead(_ id: LeadID) throws(StoreError) -> LeadRecord?

    /// What is left of a lead that its last committed moment erased; nil for any other.
    func erased(_ id: LeadID) throws(StoreError) -> ErasedLead?

    /// The lead's command that was accepted with this id (R40); nil when none was.
    func accepted(_ id: CommandID, of lead: LeadID) throws(StoreError) -> AcceptedCommand?

    /// A plugin's lasting value for all leads; nil when it has none.
    func value(_ key: String, of plugin: String) throws(StoreError) -> Value?

    /// The source of a map in a version that some journey began with (R19).
    func map(_ version: MapVersion) throws(StoreError) -> StoredMap?

    /// What went wrong in a moment, by its number in the store; nil when there is no such incident.
    func incident(_ number: Int) throws(StoreError) -> IncidentRecord?

    /// What plugins asked to be done for the lead, in the order in which they asked, which is that of their numbers; also what is
    /// done.
    func todos(of lead: LeadID) throws(StoreError) -> [StoredTodo]
}
