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
    private let state = Mutex(State())

    private struct State {
        var claims: [String: Claim] = [:]
        /// Rises whenever claims go because their commands are settled.
        var settlings = 0
    }

    private struct Claim {
        let lead: LeadID
        let asked: String
        /// Of the commits on which its moment stands.
        let epoch: Int
        /// Nil while the command is computed.
        var moment: Int?
    }

    /// What an earlier command with the id came to; nil when there is none, and then the id is claimed.
    /// `epoch` is that of the lane that asks.
    ///
    /// An answer about a command that is not committed yet is true only after it is: a lane gives its
    /// answers in the order of its commits, and another lane's command is never the same one, because it
    /// is of another lead.
    func claim(
        _ command: Command, _ id: String, epoch: Int, in store: any Store
    ) throws(StoreError) -> AcceptedCommand? {
        while true {
            // The claims come first: one goes only after its command is in the store.
            let (claim, settlings) = state.withLock { ($0.claims[id], $0.settlings) }
            if let claim {
                if let moment = claim.moment, claim.epoch >= epoch {
                    return AcceptedCommand(lead: claim.lead, moment: moment, asked: claim.asked)
                }
                // Another lane computes it, which takes a moment's time; or it goes with a commit that
                // failed, as soon as the committer comes to it. Neither waits for this lane.
                sched_yield()
                continue
            }
            if let accepted = try store.accepted(id) { return accepted }
            let isClaimed = state.withLock { state in
                // Another command may have claimed the id and be committed since the store was asked.
                guard state.claims[id] == nil, state.settlings == settlings else { return false }
                state.claims[id] = Claim(lead: command.lead, asked: command.asked, epoch: epoch)
                return true
            }
            if isClaimed { return nil }
        }
    }

    /// The command was accepted as this moment, and is on its way to the store.
    func note(_ record: MomentRecord) {
        guard let id = record.command.id else { return }
        state.withLock { $0.claims[id]?.moment = record.number }
    }

    /// The command was refused.
    func release(_ id: String) { _ = state.withLock { $0.claims.removeValue(forKey: id) } }

    /// The records are in the store now, or will never be.
    func settle(_ records: [MomentRecord]) {
        guard records.indices.contains(where: { records[$0].command.id != nil }) else { return }
        state.withLock { state in
            state.settlings += 1
            for record in records { if let id = record.command.id { state.claims[id] = nil } }
        }
    }
}
