import Values

/// Writes journal entries as the JSON lines that others may rely on. Nothing in them differs from run to
/// run; the order of their keys is fixed, but readers compare by keys.
public struct JournalLines {
    public let lead: LeadID
    public let moment: Int

    public init(lead: LeadID, moment: Int) {
        self.lead = lead
        self.moment = moment
    }

    /// One line, without its newline. `incident` is the incident's number in the store; only an incident
    /// has one.
    public func line(_ entry: JournalEntry, incident: Int?) -> String {
        var writer = JSONWriter(reservingBytes: 256)
        writer.beginObject()
        switch entry {
        case .event(let event, let instant): write(event, instant, to: &writer)
        case .call(let call): write(call, to: &writer)
        case .conflict(let conflict): write(conflict, to: &writer)
        case .incident(let one): write(one, number: incident, to: &writer)
        }
        writer.endObject()
        return writer.text
    }

    private func begin(_ type: String, instant: Int?, to writer: inout JSONWriter) {
        writer.field("type", type)
        writer.field("lead", lead.text)
        writer.field("moment", moment)
        if let instant { writer.field("instant", instant) }
    }

    private func write(_ event: Event, _ instant: Int, to writer: inout JSONWriter) {
        begin("event", instant: instant, to: &writer)
        if let seq = event.seq { writer.field("seq", seq) }
        writer.field("event", event.name.text)
        writer.field("map", event.map.text)
        if let track = event.track { writer.field("track", track.text) }
        if let step = event.step { writer.field("step", step.text) }
        if let payload = event.payload { writer.field("payload", payload) }
        if let ending = event.ending {
            writer.field("outcome", ending.outcome.rawValue)
            writer.field("cancelled", .list(ending.cancelled.map { .string($0.description) }))
        }
        writer.field("by", event.by)
        writer.field("at", event.at.description)
    }

    private func write(_ call: CallRecord, to writer: inout JSONWriter) {
        begin("call", instant: call.instant, to: &writer)
        if let seq = call.seq { writer.field("seq", seq) }
        writer.field("run", call.run.description)
        writer.field("trigger", call.trigger)
        switch call.outcome {
        case .effects(let effects):
            writer.field("outcome", "ok")
            writer.field("effects", .list(effects.map(\.value)))
        case .decided(let answer):
            writer.field("outcome", "ok")
            switch answer.choice {
            case .keep(let steps): writer.field("keep", steps.value)
            case .remove(let steps): writer.field("remove", steps.value)
            }
            if let reason = answer.reason { writer.field("reason", reason) }
        case .skipped:
            writer.field("outcome", "skipped")
            writer.field("reason", "when")
        case .failed(let failure, let fallback):
            writer.field("outcome", "failed")
            writer.field("reason", failure.reason.rawValue)
            writer.field("message", failure.message)
            if let fallback { writer.field("fallback", fallback.value) }
        }
        if !call.reads.isEmpty { writer.field("reads", .table(call.reads)) }
        if !call.log.isEmpty { writer.field("log", .list(call.log.map(\.value))) }
    }

    private func write(_ conflict: Conflict, to writer: inout JSONWriter) {
        begin("conflict", instant: conflict.instant, to: &writer)
        writer.field("field", conflict.field)
        writer.field("won", conflict.won.description)
        writer.field("lost", .list(conflict.lost.map { .string($0.description) }))
    }

    private func write(_ incident: Incident, number: Int?, to writer: inout JSONWriter) {
        begin("incident", instant: nil, to: &writer)
        if let number { writer.field("incident", number) }
        writer.field("reason", incident.reason)
        writer.field("message", incident.message)
        if let source = incident.source {
            if let seq = source.event.seq { writer.field("seq", seq) }
            writer.field("run", source.run.description)
            writer.field("trigger", source.trigger)
        }
    }
}

extension [StepID] {
    fileprivate var value: Value { .list(map { .string($0.text) }) }
}

extension LogRecord {
    fileprivate var value: Value {
        var table: Table = ["level": .string(level.rawValue), "message": .string(message)]
        if !fields.isNull { table["fields"] = fields }
        return .table(table)
    }
}
