import Journeys
package import Values

// What lists and pages show, for the command line and the API alike, as members of an object that their caller begins.

extension LeadSummary {
    /// All but its id.
    package func writeMembers(to writer: inout JSONWriter) {
        writer.field("status", status.rawValue)
        if let map {
            writer.field("map", map.text)
            writer.field("active", .bool(isActive))
        }
        if let agent { writer.field("agent", agent) }
        if let channel { writer.field("channel", channel) }
        writer.field("fields", .table(fields))
        writer.field("moments", lastMoment)
        writer.field("events", lastSeq)
        writer.field("changed", changed.description)
    }
}

extension IncidentRecord {
    /// - Parameter isWhole: with its traceback and what its call saw.
    package func writeMembers(to writer: inout JSONWriter, isWhole: Bool) {
        writer.field("incident", number)
        writer.field("lead", lead.text)
        writer.field("moment", moment)
        writer.field("reason", reason)
        writer.field("message", message)
        writer.field("state", state.name.rawValue)
        switch state {
        case .retried(let moment): writer.field("retried_in", moment)
        case .superseded(let incident): writer.field("superseded_by", incident)
        case .open, .dismissed: break
        }
        if let seq { writer.field("seq", seq) }
        if let event { writer.field("event", event) }
        if let run { writer.field("run", run) }
        if let trigger { writer.field("trigger", trigger) }
        if let plugin { writer.field("plugin", plugin) }
        if let pluginVersion { writer.field("version", pluginVersion) }
        if let pluginHash { writer.field("hash", pluginHash) }
        if isWhole {
            if let traceback { writer.field("traceback", traceback) }
            if !details.isNull { writer.field("call", details) }
        }
        writer.field("at", at.description)
    }
}

extension StoredDelivery {
    /// - Parameter attempts: those of a delivery that is shown whole, with what it says; nil for one of a list.
    package func writeMembers(to writer: inout JSONWriter, attempts: [DeliveryAttempt]?) {
        writer.field("id", id.description)
        writer.field("lead", id.lead.text)
        writer.field("moment", id.moment)
        writer.field("kind", kind.rawValue)
        writer.field("to", to)
        writer.field("state", state.rawValue)
        writer.field("attempt_count", self.attempts)
        if let due { writer.field("due", due.description) }
        if let message { writer.field("message", message) }
        writer.field("by", by)
        if first != id { writer.field("mail", first.description) }
        if let attempts {
            if let templateHash { writer.field("template_hash", templateHash) }
            writer.field("payload", .table(payload))
            writer.key("attempts")
            writer.beginList()
            for attempt in attempts { attempt.write(to: &writer) }
            writer.endList()
        }
        writer.field("at", at.description)
        writer.field("changed", changed.description)
    }
}

extension DeliveryAttempt {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("attempt", number)
        writer.field("began", began.description)
        if let ended { writer.field("ended", ended.description) }
        if let outcome { writer.field("outcome", outcome.rawValue) }
        if let message { writer.field("message", message) }
        writer.endObject()
    }
}
