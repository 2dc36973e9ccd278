import Values

@testable import Journeys

extension JournalEntry {
    /// What a reader gets from the line that is written of the entry.
    func expectedLine(of lead: LeadID, moment: Int, incident number: Int) -> JournalLine {
        switch self {
        case .event(let event, let instant):
            .event(
                EventLine(
                    lead: lead, moment: moment, instant: instant, seq: event.seq, name: event.name,
                    map: event.map, place: event.place, payload: event.payload, ending: event.ending,
                    by: event.by, at: event.at))
        case .call(let call):
            .call(
                CallLine(
                    lead: lead, moment: moment, instant: call.instant, seq: call.seq, run: call.run,
                    trigger: call.trigger, outcome: call.expectedOutcome, log: call.log, reads: call.reads))
        case .conflict(let conflict):
            .conflict(
                ConflictLine(
                    lead: lead, moment: moment, instant: conflict.instant, field: conflict.field,
                    won: conflict.won, lost: conflict.lost))
        case .incident(let incident):
            .incident(
                IncidentLine(
                    lead: lead, moment: moment, incident: number, reason: incident.reason,
                    message: incident.message, seq: incident.source?.event.seq, run: incident.source?.run,
                    trigger: incident.source?.trigger))
        case .delivery(let delivery):
            .delivery(
                DeliveryLine(
                    lead: lead, moment: moment, id: delivery.id, kind: delivery.kind, to: delivery.to))
        case .todoDone(let todo, let by, let at):
            .todo(TodoLine(lead: lead, moment: moment, todo: todo, state: .done, by: by, at: at))
        }
    }
}

extension CallRecord {
    fileprivate var expectedOutcome: CallLine.Outcome {
        switch outcome {
        case .effects(let effects): .effects(effects.map { .known($0) })
        case .decided(let answer): .decided(answer)
        case .skipped: .skipped(reason: "when")
        case .failed(let failure, let fallback):
            .failed(reason: failure.reason.rawValue, message: failure.message, fallback: fallback)
        }
    }
}

extension Moment {
    /// What a reader gets from ``lines``.
    var expectedLines: [JournalLine] {
        journal.map { $0.expectedLine(of: lead.id, moment: lead.lastMoment, incident: 1) }
    }
}
