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
