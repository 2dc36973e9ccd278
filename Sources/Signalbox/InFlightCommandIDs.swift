import Journeys
import Store
import Synchronization

/// The commands with an id whose moments are on their way to the store, so that none happens twice (R40).
///
/// Only the lane of its lead looks for a command and adds it; so between looking and adding nothing comes.
final class InFlightCommandIDs: Sendable {
    private let inFlight = Mutex<[CommandKey: AcceptedCommand]>([:])

    /// The earlier command of the lead that had the id, also one that is not committed yet; nil when there is
    /// none.
    ///
    /// An answer about a command that is not committed yet is true only after it is: a lane gives its answers
    /// in the order of its commits. Before a lane computes on after a commit that failed, all that it handed
    /// over is settled.
    func earlier(
        _ id: CommandID, of lead: LeadID, in store: any StateReader
    ) throws(StoreError) -> AcceptedCommand? {
        if let known = inFlight.withLock({ $0[CommandKey(id, of: lead)] }) { return known }
        return try store.accepted(id, of: lead)
    }

    /// The command was accepted as this moment of its lead, and is on its way to the store.
    func note(_ command: Command, moment: Int) {
        guard let id = command.id else { return }
        let accepted = AcceptedCommand(moment: moment, canonicalRequest: command.canonicalRequest)
        inFlight.withLock { $0[CommandKey(id, of: command.lead)] = accepted }
    }

    /// The records are in the store now, or will never be.
    func settle(_ records: [MomentRecord]) {
        guard records.indices.contains(where: { records[$0].commandID != nil }) else { return }
        inFlight.withLock { inFlight in
            for record in records {
                if let id = record.commandID { inFlight[CommandKey(id, of: record.leadID)] = nil }
            }
        }
    }
}
