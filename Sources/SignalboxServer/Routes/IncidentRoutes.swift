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

    /// In place of a state, for incidents in any.
    private static let anyState = "all"

    private func list(_ request: Request) async throws -> Response {
        var query = try Query(request)
        var filter = IncidentFilter()
        filter.lead = try query.lead("lead")
        filter.state = try Self.state(query.text("state"))
        filter.since = try query.time("since")
        filter.plugin = query.text("plugin")
        filter.reason = query.text("reason")
        filter.run = query.text("run")
        let limit = try query.limit()
        let before = try query.number("before", in: 1...Int.max)
        try query.requireNothingElse()
        let store = parts.store
        let wanted = filter
        let page = try await blocking {
            try store.incidents(matching: wanted, before: before, limit: limit + 1)
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("incidents")
        writer.beginList()
        for incident in page.prefix(limit) { incident.write(to: &writer, isWhole: false) }
        writer.endList()
        if page.count > limit { writer.field("next", page[limit - 1].number) }
        writer.endObject()
        return Response(json: writer.bytes)
    }

    /// Nil for any; those that are open where none is named.
    private static func state(_ text: String?) throws(Problem) -> IncidentState.Name? {
        guard let text else { return .open }
        if sameBytes(text, anyState) { return nil }
        if let state = IncidentState.Name(rawValue: text) { return state }
        let known = (IncidentState.Name.allCases.map(\.rawValue) + [anyState]).listed(with: "or")
        throw Problem(.badRequest, "`state` is \(text.quotedForMessage); expected \(known)")
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
    /// As one object.
    func write(to writer: inout JSONWriter, isWhole: Bool) {
        writer.beginObject()
        writeMembers(to: &writer, isWhole: isWhole)
        writer.endObject()
    }
}
