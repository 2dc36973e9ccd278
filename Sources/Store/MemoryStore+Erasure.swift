import Journeys
import Values

extension MemoryStore.Contents {
    /// Takes away what is known of the lead of the moment that erases it, which is kept already (R61).
    mutating func erase(_ moment: MomentRecord) {
        let id = moment.leadID
        guard var entry = leads[id] else { preconditionFailure("lead \(id) is not there") }
        var removal = Removal()
        removal.moments = moment.number - entry.removedUpTo - 1
        removal.notes = entry.notes.count
        removal.todos = entry.todos.count
        removal.incidents = incidents.count { $0.value.lead == id }
        removal.deliveries = outbox.remove { $0.id.lead == id }
        incidents = incidents.filter { $0.value.lead != id }
        entry.notes = []
        entry.todos = []
        for index in entry.moments.indices {
            entry.moments[index].command = .table(Table())
            entry.moments[index].journal = []
            entry.records[index] = moment.lead
        }
        entry.removedUpTo = moment.number
        leads[id] = entry
        let name = nameOfErased(id)
        access.rename(id, to: name)
        bulks.erase(id)
        access.append(
            AuditEntry(removed: removal, by: moment.command.by, action: "erase", lead: name, at: moment.at))
    }

    /// How the audit log names a lead that was erased.
    func nameOfErased(_ id: LeadID) -> String {
        AuditEntry.erasedLead(
            hash: SHA256.hexadecimal(of: Array((outbox.storeID + id.text).utf8)))
    }
}
