package import Values

/// Writes a moment's journal entries as the JSON lines that others may rely on. Nothing in them differs from
/// run to run; the order of their keys is fixed, but readers compare by keys.
public struct JournalLines {
    private var lead = ""
    private var moment = 0
    /// The last time that was written, and how: a moment has one, and moments of the same millisecond have the same.
    private var time: (at: Timestamp, text: [UInt8])?

    public init(lead: LeadID, moment: Int) { begin(lead: lead, moment: moment) }

    /// For no moment yet: ``begin(lead:moment:)`` comes first.
    package init() {}

    /// Goes over to another moment.
    package mutating func begin(lead: LeadID, moment: Int) {
        self.lead = lead.text
        self.moment = moment
    }

    /// One line, without its newline. `incident` is the incident's number in the store; only an incident
    /// has one.
    public mutating func line(_ entry: JournalEntry, incident: Int?) -> String {
        var writer = JSONWriter(reservingBytes: 256)
        write(entry, incident: incident, to: &writer)
        return writer.text
    }

    /// Writes one line, without its newline.
    package mutating func write(_ entry: JournalEntry, incident: Int?, to writer: inout JSONWriter) {
        switch entry {
        case .event(let event, let instant): write(event, instant, to: &writer)
        case .call(let call): write(call, to: &writer)
        case .conflict(let conflict): write(conflict, to: &writer)
        case .incident(let one): write(one, number: incident, to: &writer)
        case .delivery(let delivery): write(delivery, to: &writer)
        case .todoDone(let number, let by, let at): write(todo: number, by: by, at: at, to: &writer)
        }
    }

    /// `type` is the beginning of the line, up to the lead.
    private func begin(_ type: StaticString, instant: Int?, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.literal(type)
        writer.literal(quoting: lead)
        writer.literal(#","moment":"#)
        writer.literal(number: moment)
        if let instant {
            writer.literal(#","instant":"#)
            writer.literal(number: instant)
        }
    }

    private mutating func write(_ event: Event, _ instant: Int, to writer: inout JSONWriter) {
        begin(#""type":"event","lead":"#, instant: instant, to: &writer)
        if let seq = event.seq {
            writer.literal(#","seq":"#)
            writer.literal(number: seq)
        }
        writer.literal(#","event":"#)
        writer.literal(quoting: event.name.text)
        writer.literal(#","map":"#)
        writer.literal(quoting: event.map.text)
        if let track = event.track {
            writer.literal(#","track":"#)
            writer.literal(quoting: track.text)
        }
        if let step = event.step {
            writer.literal(#","step":"#)
            writer.literal(quoting: step.text)
        }
        if let payload = event.payload {
            writer.literal(#","payload":"#)
            writer.literal(value: payload)
        }
        if let ending = event.ending {
            writer.literal(#","outcome":"#)
            writer.literal(quoting: ending.outcome.rawValue)
            writer.literal(#","cancelled":"#)
            writer.literal(value: .list(ending.cancelled.map { .string($0.description) }))
        }
        writer.literal(#","by":"#)
        writer.literal(quoting: event.by)
        writer.literal(#","at":"#)
        if time?.at != event.at {
            var text = JSONWriter(reservingBytes: 32)
            text.literal(quoting: event.at.description)
            time = (event.at, text.bytes)
        }
        if let time { writer.literal(bytes: time.text) }
        writer.endObject()
    }

    private func write(_ call: CallRecord, to writer: inout JSONWriter) {
        begin(#""type":"call","lead":"#, instant: call.instant, to: &writer)
        if let seq = call.seq {
            writer.literal(#","seq":"#)
            writer.literal(number: seq)
        }
        writer.literal(#","run":"#)
        switch call.run.name {
        case .named(let name): writer.literal(quoting: call.run.plugin, ".", name)
        case .subscription: writer.literal(quoting: call.run.description)
        }
        writer.literal(#","trigger":"#)
        writer.literal(quoting: call.trigger)
        writer.literal(#","outcome":"#)
        switch call.outcome {
        case .effects(let effects):
            writer.literal(#""ok","effects":"#)
            writer.beginList()
            for effect in effects { effect.write(to: &writer) }
            writer.endList()
        case .decided(let answer):
            writer.string("ok")
            switch answer.choice {
            case .keep(let steps): writer.field("keep", steps.value)
            case .remove(let steps): writer.field("remove", steps.value)
            }
            if let reason = answer.reason { writer.field("reason", reason) }
        case .skipped:
            writer.string("skipped")
            writer.field("reason", "when")
        case .failed(let failure, let fallback):
            writer.string("failed")
            writer.field("reason", failure.reason.rawValue)
            writer.field("message", failure.message)
            if let fallback { writer.field("fallback", fallback.value) }
        }
        if !call.reads.isEmpty { writer.field("reads", .table(call.reads)) }
        if !call.log.isEmpty { writer.field("log", .list(call.log.map(\.value))) }
        writer.endObject()
    }

    private func write(_ conflict: Conflict, to writer: inout JSONWriter) {
        begin(#""type":"conflict","lead":"#, instant: conflict.instant, to: &writer)
        writer.literal(#","field":"#)
        writer.string(conflict.field)
        writer.field("won", conflict.won.description)
        writer.field("lost", .list(conflict.lost.map { .string($0.description) }))
        writer.endObject()
    }

    private func write(_ incident: Incident, number: Int?, to writer: inout JSONWriter) {
        begin(#""type":"incident","lead":"#, instant: nil, to: &writer)
        if let number {
            writer.literal(#","incident":"#)
            writer.literal(number: number)
        }
        writer.literal(#","reason":"#)
        writer.string(incident.reason)
        writer.field("message", incident.message)
        if let source = incident.source {
            if let seq = source.event.seq { writer.field("seq", seq) }
            writer.field("run", source.run.description)
            writer.field("trigger", source.trigger)
        }
        writer.endObject()
    }

    private func write(_ delivery: Outgoing, to writer: inout JSONWriter) {
        begin(#""type":"delivery","lead":"#, instant: nil, to: &writer)
        writer.literal(#","id":"#)
        writer.string(delivery.id.description)
        writer.field("kind", delivery.kind.rawValue)
        writer.field("to", delivery.to)
        writer.endObject()
    }

    private func write(todo number: Int, by: String, at: Timestamp, to writer: inout JSONWriter) {
        begin(#""type":"todo","lead":"#, instant: nil, to: &writer)
        writer.literal(#","todo":"#)
        writer.literal(number: number)
        writer.literal(#","state":"#)
        writer.string(TodoLine.State.done.rawValue)
        writer.field("by", by)
        writer.field("at", at.description)
        writer.endObject()
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

extension RefusedLine {
    /// The line, without its newline.
    public var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("type", LineType.refused.rawValue)
        if let lead { writer.field("lead", lead.text) }
        if let line { writer.field("line", line) }
        writer.field("command", command)
        writer.field("reason", reason)
        writer.field("message", message)
        writer.endObject()
        return writer.text
    }
}

extension RepeatedLine {
    /// The line, without its newline.
    public var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("type", LineType.repeated.rawValue)
        writer.field("lead", lead.text)
        if let line { writer.field("line", line) }
        writer.field("id", id.text)
        writer.field("moment", moment)
        writer.endObject()
        return writer.text
    }
}

extension ReleasedLine {
    /// The line, without its newline.
    public var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("type", LineType.released.rawValue)
        if let line { writer.field("line", line) }
        writer.field("plugin", plugin)
        writer.endObject()
        return writer.text
    }
}
