import Journeys
import Store

extension Moment {
    /// What the moment makes of earlier incidents of its lead (R36). `incident` is the number of its own first one, which
    /// is that of the call that ran again, if that failed.
    func settlements(failingAs incident: Int?) -> [MomentRecord.Settlement] {
        var settlements: [MomentRecord.Settlement] = []
        if case .rerun(let number, now: _, again: _) = command.order {
            settlements.append(.incident(number, stateOfRerun(failingAs: incident)))
        }
        // Only a decider whose track was held has incidents that are open.
        guard leadBefore?.isHeld == true else { return settlements }
        for case .call(let call) in journal {
            if case .decided = call.outcome { settlements.append(.decider(trigger: call.trigger)) }
        }
        return settlements
    }

    private func stateOfRerun(failingAs incident: Int?) -> IncidentState {
        // The call is the first that the moment set down.
        if case .call(let call)? = journal.first, case .failed = call.outcome, let incident {
            return .superseded(by: incident)
        }
        return .retried(moment: lead.lastMoment)
    }
}
