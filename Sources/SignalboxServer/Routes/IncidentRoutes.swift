import Hummingbird
import Journeys
import Signalbox
import Store
import Values

/// `GET /v1/incidents` and `/v1/incidents/{number}`.
struct IncidentRoutes {
    let parts: APIParts

    func add(to group: RouterGroup<APIContext>) {
        group.get("incidents") { request, _ in try await list(request) }
        group.get("incidents/:number") { request, context in try await show(request, context) }
    }

    /// How many incidents are read at once while others than those that are meant are passed over.
    private static let pageSize = 500

    private func list(_ request: Request) async throws -> Response {
        var query = try Query(request)
        let lead = try query.text("lead").map { text throws(Problem) in
            guard let lead = LeadID(text) else {
                throw Problem(
                    .badRequest, "`lead`: \(text.quotedForMessage) is not a lead's id: \(LeadID.rule)")
            }
            return lead
        }
        let state = try query.text("state").map { text throws(Problem) in
            guard let state = IncidentState.Name(rawValue: text) else {
                let known = IncidentState.Name.allCases.map(\.rawValue).listed(with: "or")
                throw Problem(.badRequest, "`state` is \(text.quotedForMessage); expected \(known)")
            }
            return state
        }
        let since = try query.text("since").map { text throws(Problem) in
            guard let time = Timestamp(text) else {
                throw Problem(
                    .badRequest,
                    "`since` is \(text.quotedForMessage); a time looks like 2026-11-22T09:00:00Z")
            }
            return time
        }
        let plugin = query.text("plugin")
        let reason = query.text("reason")
        let run = query.text("run")
        let limit = try query.limit()
        let before = try query.number("before", in: 1...Int.max)
        try query.requireNothingElse()
        @Sendable func isMeant(_ incident: IncidentRecord) -> Bool {
            func matches(_ wanted: String?, _ text: String?) -> Bool {
                wanted.map { wanted in text.map { sameBytes($0, wanted) } ?? false } ?? true
            }
            return matches(plugin, incident.plugin) && matches(reason, incident.reason)
                && matches(run, incident.run) && since.map { incident.at >= $0 } ?? true
        }
        let store = parts.store
        let page = try await blocking {
            var found: [IncidentRecord] = []
            var before = before
            while found.count <= limit {
                let page = try store.incidents(
                    of: lead, in: state ?? .open, before: before, limit: Self.pageSize)
                found += page.lazy.filter(isMeant).prefix(limit + 1 - found.count)
                guard page.count == Self.pageSize, let last = page.last else { break }
                before = last.number
            }
            return found
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("incidents")
        writer.beginList()
        for incident in page.prefix(limit) { incident.write(to: &writer) }
        writer.endList()
        if page.count > limit { writer.field("next", page[limit - 1].number) }
        writer.endObject()
        return Response(json: writer.bytes)
    }

    private func show(_ request: Request, _ context: APIContext) async throws -> Response {
        try Query(request).requireNothingElse()
        let text = try context.segment("number")
        let store = parts.store
        let incident: IncidentRecord? = try await blocking {
            guard let number = Int(text), let incident = try store.incident(number) else { return nil }
            return try store.whole(incident)
        }
        guard let incident else {
            throw Problem(.refused(.unknownIncident), "there is no incident \(text.quotedForMessage)")
        }
        var writer = JSONWriter()
        incident.write(to: &writer, isWhole: true)
        return Response(json: writer.bytes)
    }
}

extension IncidentRecord {
    /// - Parameter isWhole: with what is needed to run its call again.
    func write(to writer: inout JSONWriter, isWhole: Bool = false) {
        writer.beginObject()
        writer.field("incident", number)
        writer.field("lead", lead.text)
        writer.field("moment", moment)
        writer.field("at", at.description)
        writer.field("reason", reason)
        writer.field("message", message)
        writer.field("state", state.name.rawValue)
        switch state {
        case .retried(let moment): writer.field("retried_in", moment)
        case .superseded(let incident): writer.field("superseded_by", incident)
        case .open, .dismissed: break
        }
        if let run { writer.field("run", run) }
        if let trigger { writer.field("trigger", trigger) }
        if let plugin { writer.field("plugin", plugin) }
        if let pluginVersion { writer.field("version", pluginVersion) }
        if isWhole {
            if let traceback { writer.field("traceback", traceback) }
            if !details.isNull { writer.field("call", details) }
        }
        writer.endObject()
    }
}
