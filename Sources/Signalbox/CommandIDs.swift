import Journeys
import Store
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The ids of commands that are being computed or committed, so that no id happens twice (R40).
final class CommandIDs: Sendable {
    private let claims = Mutex<[String: Claim]>([:])

    private struct Claim {
        let lead: LeadID
        let asked: String
        /// Nil while the command is computed.
        var moment: Int?
    }

    /// What an earlier command with the id came to; nil when there is none, and then the id is claimed.
    ///
    /// An answer about a command that is not committed yet is true only after it is: a lane gives its
    /// answers in the order of its commits, and another lane's command is never the same one, because it
    /// is of another lead.
    func claim(_ command: Command, _ id: String, in store: any Store) throws(StoreError) -> AcceptedCommand? {
        while true {
            // The claims come first: one goes only after its command is in the store.
            if let claim = claims.withLock({ $0[id] }) {
                if let moment = claim.moment {
                    return AcceptedCommand(lead: claim.lead, moment: moment, asked: claim.asked)
                }
                // Another lane computes it. That takes a moment's time, and that lane waits for no other.
                sched_yield()
                continue
            }
            if let accepted = try store.accepted(id) { return accepted }
            let isClaimed = claims.withLock { claims in
                guard claims[id] == nil else { return false }
                claims[id] = Claim(lead: command.lead, asked: command.asked)
                return true
            }
            if isClaimed { return nil }
        }
    }

    /// The command was accepted as this moment, and is on its way to the store.
    func note(_ record: MomentRecord) {
        guard let id = record.command.id else { return }
        claims.withLock { $0[id]?.moment = record.number }
    }

    /// The command was refused.
    func release(_ id: String) { _ = claims.withLock { $0.removeValue(forKey: id) } }

    /// The records are in the store now, or will never be.
    func settle(_ records: [MomentRecord]) {
        guard records.contains(where: { $0.command.id != nil }) else { return }
        claims.withLock { claims in
            for record in records { if let id = record.command.id { claims[id] = nil } }
        }
    }
}
